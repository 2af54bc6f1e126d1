# Words and small tools that ./dev and its parts share. Sourced by bash, never run.
# shellcheck shell=bash

# shellcheck disable=SC2034 # used by the files that source this one
if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then
    bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    bold='' red='' green='' plain=''
fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }

# die WHAT [WAY-OUT]
die() {
    printf '%sdev: %s%s\n' "$red" "$1" "$plain" >&2
    [ $# -lt 2 ] || printf '     %s\n' "$2" >&2
    exit 1
}

usage_error() {
    printf 'dev: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root: $*" "run it as root, or install sudo"
    fi
}

# Ninja's "[12/80] ..." lines: one that rewrites itself on a terminal, every 20th elsewhere; all
# that is no such line (warnings, errors) is shown whole.
progress() {
    local tty=0
    [ ! -t 1 ] || tty=1
    awk -v tty="$tty" '
        /^\[[0-9]+\/[0-9]+\] / {
            split(substr($1, 2), n, /[\/\]]/)
            line = substr($0, 1, 100)
            if (tty) { printf "\r\033[K%s", line; open = 1 }
            else if (n[1] % 20 == 0 || n[1] == n[2]) print line
            fflush(); next
        }
        { if (open) print ""; open = 0; print; fflush() }
        END { if (open) print "" }'
}

# Tracked files, NUL-separated; without git (a tarball) everything outside build/.
tracked() {
    if command -v git >/dev/null && git -c safe.directory='*' rev-parse >/dev/null 2>&1; then
        git -c safe.directory='*' ls-files -z -co --exclude-standard -- "$@"
    else
        local names=() pattern
        for pattern; do names+=(-o -name "$pattern"); done
        find . \( -path ./build -o -path ./.git -o -name node_modules \) -prune -o \
            -type f \( "${names[@]:1}" \) -print0
    fi
}

c_files() { tracked '*.c' '*.h' '*.cpp'; }
