# What is needed from the system, and how it gets there. Sourced by ./dev.
# shellcheck shell=bash disable=SC2086 # lists of package names, one a word

# Debian 13 has llhttp as a library; Debian 12 has its generated C inside node-llhttp.
llhttp_package() { if known libllhttp-dev; then echo libllhttp-dev; else echo node-llhttp; fi; }

# Lua inside the newest server that is installed, or that comes with `postgresql`.
pllua_package() {
    local version
    version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -n | tail -1)
    : "${version:=$(apt-cache show --no-all-versions postgresql 2>/dev/null |
        sed -n 's/^Depends:.*postgresql-\([0-9]*\).*/\1/p')}"
    ! known "postgresql-$version-pllua" || echo "postgresql-$version-pllua"
}

known() { dpkg-query -W "$1" >/dev/null 2>&1 || apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

# packages_for GROUP: names, one a word.
packages_for() {
    case $1 in
        build)
            echo cmake ninja-build pkg-config gcc g++ libc6-dev lua5.4 liblua5.4-dev lua-cjson \
                lua-cjson-dev libpq-dev libcurl4-openssl-dev libuv1-dev libyaml-dev libpcre2-dev \
                libssl-dev libsqlite3-dev libsimdjson-dev "$(llhttp_package)"
            ;;
        # Any installed server will do, so that one from another archive is not doubled.
        run) compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || echo postgresql
            echo curl openssl procps ;;
        test) echo libcmocka-dev lua-busted lua-check lua-yaml clang-format nodejs pgbouncer python3-jsonschema ;;
        # The benches in C are built together with the C specs.
        # Peers of ./dev bench rules; what is not known here is left out of the table.
        # ./dev bench webhook loads its hosts with wrk.
        bench) echo nodejs lua5.4 lua-cjson libcmocka-dev luajit wrk "$(pllua_package)"
            command -v npm >/dev/null || echo npm ;;
        fuzz) echo clang libclang-rt-dev ;;
        fmt) echo clang-format ;;
    esac
}

missing_packages() {
    local group have wanted
    wanted=$(for group; do packages_for "$group"; done | tr ' ' '\n' | sort -u)
    have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
        sed -n 's/ installed$//p' | sort -u)
    comm -23 <(echo "$wanted") <(echo "$have")
}

# Lists that are missing or older than a day lead to downloads that are gone.
lists_are_fresh() {
    [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 -print -quit 2>/dev/null)" ]
}

# install_packages GROUP...
install_packages() {
    local missing
    command -v apt-get >/dev/null || { check_without_apt; return; }
    missing=$(missing_packages "$@" | xargs)
    [ -n "$missing" ] || return 0
    if ! lists_are_fresh; then
        say "reading the package lists (apt-get update)"
        as_root apt-get update -q </dev/null | apt_progress
        missing=$(missing_packages "$@" | xargs) # the lists decide which llhttp there is
    fi
    say "installing with apt:" $missing
    case " $missing " in *' postgresql '*) no_debian_cluster ;; esac
    local log
    log=$(mktemp)
    # Without -o apt talks to the package scripts through a terminal that a chroot may not have.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o Dpkg::Use-Pty=0 $missing </dev/null 2>&1 | tee "$log" | apt_progress ||
        { tail -30 "$log" >&2; die "apt-get could not install all of: $missing" \
            "mend what apt says above (all of it is in $log), then run ./dev again"; }
    rm -f "$log"
    case " $missing " in *' pgbouncer '*) no_pgbouncer_service ;; esac
}

# Of apt's many lines those that tell how far it is, and whatever went wrong.
apt_progress() {
    awk '
        /^[0-9]+ upgraded/ { all = $3; print "    " $0 }
        /^(Need to get|Fetched|E:|W:|Err:|dpkg: )/ { print "    " $0 }
        /^Get:/ && ++got % 40 == 0 { print "    " got " files fetched" }
        /^Setting up / && ++done % 25 == 0 { print "    " done " of " all " packages set up" }
        { fflush() }'
}

# moonsift runs a PostgreSQL of its own; a second one on port 5432 would only be in the way.
no_debian_cluster() {
    local file=/etc/postgresql-common/createcluster.conf
    [ ! -e $file ] || return 0
    say "writing $file, so that Debian's package creates no database cluster of its own"
    as_root mkdir -p "${file%/*}"
    echo 'create_main_cluster = false' | as_root tee $file >/dev/null
}

# The specs start their own on a private port.
no_pgbouncer_service() {
    [ -d /run/systemd/system ] || return 0
    say "switching off the pgbouncer service that the package starts"
    as_root systemctl disable --now --quiet pgbouncer || true
}

check_without_apt() {
    local tool
    for tool in cmake ninja pkg-config cc lua5.4 curl openssl; do
        command -v "$tool" >/dev/null ||
            die "there is no apt-get here, and $tool is missing" "install: $(packages_for build)"
    done
}

# Started as root, everything drops to this user.
system_user() {
    [ "$(id -u)" -eq 0 ] || return 0
    getent passwd moonsift >/dev/null && return 0
    say "creating the system user moonsift (home /var/lib/moonsift); what starts as root drops to it"
    useradd --system --user-group --home-dir /var/lib/moonsift --shell /usr/sbin/nologin moonsift
    install -d -o moonsift -g moonsift -m 0700 /var/lib/moonsift
}
