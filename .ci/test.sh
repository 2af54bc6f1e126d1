# ./dev test: C specs, busted specs and checks, with one verdict. Sourced by ./dev.
# shellcheck shell=bash disable=SC2046,SC2154 # spec files have no spaces; colours are of lib.sh

run_tests() {
    totals=$(mktemp)
    local started=$SECONDS
    trap 'rm -f "$totals" "$totals.asan" "$totals.others"' EXIT
    checks
    c_specs release
    c_specs asan
    # They wait more than they work: three rows beside each other, shown one after the other.
    busted_specs asan $(sanitized_specs) >"$totals.asan" 2>&1 &
    local asan=$! others
    busted_specs release $(spec_files | grep -v '^spec/e2e/') >"$totals.others" 2>&1 &
    others=$!
    busted_specs release $(spec_files spec/e2e)
    wait "$others"
    cat "$totals.others"
    wait "$asan"
    cat "$totals.asan"
    [ -z "$MOONSIFT_FULL" ] || long_proofs
    verdict $((SECONDS - started))
}

# The last line is the contract: "N passed, N failed", ", N skipped" only if there are any.
verdict() {
    local passed failed skipped skipped_text=
    read -r passed failed skipped < <(awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }' "$totals")
    [ "$skipped" -eq 0 ] || skipped_text=", $skipped skipped"
    echo
    if [ "$failed" -gt 0 ]; then
        echo "${red}FAILED${plain} after $1 s; what failed stands above with FAIL"
    else
        echo "${green}all good${plain} after $1 s"
    fi
    echo "$passed passed, $failed failed$skipped_text"
    [ "$failed" -eq 0 ]
}

c_specs() {
    say "C specs, $1"
    # More at a time than the preset's: several start a PostgreSQL and wait for it.
    (ctest --preset "$1" --verbose --no-tests=error --parallel "$(($(nproc) + 2))" 2>&1 || true) | awk -v totals="$totals" -f .ci/ctest.awk
}

long_proofs() {
    say "longer proofs (some minutes)"
    check "three times 100,000 contacts of each vertical have JavaScript's check lines" spec/bench/rules/agree.sh 100000
    check "the JSON readers agree, fuzzed for 60 s" spec/fuzz/run.sh 60
}

# The slowest mostly wait, for a database or a lease: sanitized only in the full test.
sanitized_specs() {
    local left_out='^spec/e2e/(outage|sandbox_[a-z]*)_spec'
    [ -z "$MOONSIFT_FULL" ] || left_out='^$'
    spec_files spec/e2e spec/cli | grep -vE "$left_out"
}

# Spec files in order of their names, under the given folders or all of spec/.
spec_files() {
    local folders=() folder
    for folder in "${@:-spec}"; do [ ! -d "$folder" ] || folders+=("$folder"); done
    [ ${#folders[@]} -eq 0 ] || find "${folders[@]}" -name '*_spec.lua' -not -path '*/node_modules/*' | LC_ALL=C sort
}

busted_specs() {
    local preset=$1 file tags=()
    shift
    [ $# -gt 0 ] || return 0
    [ -n "$MOONSIFT_FULL" ] || tags=(--exclude-tags=full)
    say "busted specs, $preset"
    for file; do
        (
            export MOONSIFT_BIN=$ROOT/build/$preset/moonsift MOONSIFT_BUILD=$ROOT/build/$preset
            export ASAN_OPTIONS=detect_leaks=1:exitcode=99 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
            unset LUA_PATH LUA_CPATH LUA_INIT
            code=0
            lua5.4 /usr/bin/busted -o TAP "${tags[@]}" "$file" 2>&1 </dev/null || code=$?
            echo "exit $code"
        ) | awk -v totals="$totals" -v name="$file" -v started="$(date +%s)" -f .ci/tap.awk
    done
}

# check NAME COMMAND...: one line and one count; the output only when it failed.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        printf '  ok    %s\n' "$name"
        echo 1 0 0 >>"$totals"
    else
        printf '  FAIL  %s\n%s\n' "$name" "$(echo "$output" | head -60 | sed 's/^/        /')"
        echo 0 1 0 >>"$totals"
    fi
}

checks() {
    say "checks"
    check "luacheck" luacheck --no-color -q .
    check "clang-format (./dev fmt mends it)" format_check
    [ ! -e .ci/generated ] || generated_checks
}

format_check() { c_files | xargs -0 clang-format --dry-run -Werror; }

# .ci/generated lists "FILE<tab>ARGUMENTS of moonsift that print it": what is tracked must be what
# the program prints, so that docs, stubs and schemas cannot fall behind.
generated_checks() {
    local file arguments
    while IFS=$'\t' read -r file arguments; do
        case $file in '' | '#'*) continue ;; esac
        # shellcheck disable=SC2086
        check "$file is up to date" same_as "$file" build/release/moonsift $arguments
    done <.ci/generated
}

same_as() {
    local file=$1
    shift
    diff -u --label "$file" --label "$*" "$file" <("$@" </dev/null) ||
        { echo "mend it with: $* > $file"; return 1; }
}
