# Reads `ctest --verbose` of cmocka programs; prints one line a program, then what its failed tests
# put out, and appends "passed failed skipped" to the file `totals`.
# A program that died (or leaked) without a failed test counts as one failure.
function show(id, status, name, secs,    ran, good, skip, bad) {
    ran = run[id] + 0; good = ok[id] + 0; skip = skipped[id] + 0
    bad = ran - good - skip
    if (status != "Passed" && bad == 0) bad = 1
    if (status == "Passed" && ran == 0) { good = 1 } # a program without cmocka's report
    passed += good; failed += bad; left_out += skip
    printf "  %s  %-34s %4d passed%s%s  %ss\n", bad ? "FAIL" : "ok  ", name, good, \
        bad ? ", " bad " failed (" status ")" : "", skip ? ", " skip " skipped" : "", secs
    if (skip) printf "%s", reasons[id]
    if (bad) printf "%s%s", output[id], now[id]
    fflush()
}
match($0, /^[0-9]+: /) {
    id = substr($0, 1, RLENGTH - 2)
    text = substr($0, RLENGTH + 1)
    if (text ~ /^\[ RUN      \]/) { run[id]++; output[id] = output[id] now[id]; now[id] = "" }
    now[id] = now[id] "        " text "\n"
    if (text ~ /^\[       OK \]/) { ok[id]++; now[id] = "" } # its output interests nobody
    else if (text ~ /^\[==========\] [0-9]+ test\(s\) run/) listing[id] = 1 # names come again
    else if (text ~ /^\[  SKIPPED \] [^0-9]/ && !listing[id]) { skipped[id]++; reasons[id] = reasons[id] before[id] }
    before[id] = "        skipped: " text "\n"
    next
}
/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
    id = $0; sub(/^[^#]*#/, "", id); sub(/:.*/, "", id)
    name = $0; sub(/^[^#]*#[0-9]+: /, "", name); sub(/ .*/, "", name)
    secs = $(NF - 1)
    status = $0; sub(/ +[0-9.]+ sec.*$/, "", status); sub(/^.*(\.\.\.|\*\*\*) */, "", status)
    show(id, status, name, secs)
    next
}
/^(CMake Error|Cannot find file|No tests were found|Unable to find executable)/ { print; failed++ }
END { print passed + 0, failed + 0, left_out + 0 >> totals }
