#!/usr/bin/env bash
# Installs what is missing, builds, runs an example. Debian 12 or 13.
#
#   ./examples/run.sh [NAME [ARGUMENT...]]       login_logout, unless named
#
# It runs against a Redis of its own, which ends with it. REDIS_URL in the
# environment names another one:
#
#   export REDIS_URL=redis://127.0.0.1:6379
#   ./examples/run.sh login ada
#
# A server, such as web, runs until Ctrl-C:
#
#   ./examples/run.sh web [PORT]                 8080, unless given
set -euo pipefail
. "$(dirname "$0")/../tests/support/setup.sh"

first=$(($# == 0))
name=${1:-login_logout}
shift || true

scratch=$(mktemp -d)
redis=
server=
stop() {
    [[ -n $1 ]] || return 0
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}
clean_up() {
    stop "$server"
    stop "$redis"
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

start_redis() {
    local socket=$scratch/redis.sock
    "$REDIS_SERVER" --port 0 --unixsocket "$socket" --dir "$scratch" \
        --save "" --appendonly no >"$scratch/log" 2>&1 &
    redis=$!
    until redis-cli -s "$socket" ping >/dev/null 2>&1; do
        kill -0 "$redis" 2>/dev/null || fail "Redis did not start: $(tail -1 "$scratch/log")"
        sleep 0.02
    done
    export REDIS_URL=unix://$socket
}

case $name in
login | whoami | logout)
    [[ -n ${REDIS_URL:-} ]] ||
        fail "$name works on a session that outlives it: set REDIS_URL to a Redis that does too."
    ;;
esac

case $name in
fastcgi | web)
    set_up "$name"
    ;;
*)
    set_up example
    ;;
esac
cd "$root"
quietly "Could not configure the build." cmake -S .ci --preset release
quietly "Could not build." cmake --build build/release
export HISESSION_LIBRARY=$root/build/release/hisession/libhisession.so

case $name in
fastcgi)
    run=(examples/fastcgi/serve.sh "build/release/hisession/examples/$name" "$NGINX"
         "$scratch")
    ;;
web)
    run=(build/release/hisession/examples/web/web)
    ;;
*.py)
    run=(python3 "examples/$name")
    ;;
*)
    run=("build/release/hisession/examples/$name")
    ;;
esac
[[ -e ${run[-1]} ]] || fail "There is no example $name."
[[ -n ${REDIS_URL:-} ]] || start_redis
case $name in
events | fastcgi | web) # not in the foreground, where this script would see no signal
    "${run[@]}" "$@" &
    server=$!
    wait "$server"
    ;;
*)
    "${run[@]}" "$@"
    ;;
esac
((!first)) || cat <<END

Next: ./examples/run.sh counter    several processes update one session, no update is lost
      ./examples/run.sh web        a web site with logins, on http://127.0.0.1:8080
      README.md                    a first program, and how to install
END
