#!/usr/bin/env bash
# Installs what is missing, builds, runs every test. Debian 12 or 13.
#
#   ./tests/run.sh [--preset NAME] [CTEST_ARGUMENT...]
#
#   ./tests/run.sh -L unit
#   ./tests/run.sh --preset asan -R save
#
# Presets: dev (the default), asan, tsan, clang, fuzz; see .ci/CMakePresets.json.
set -euo pipefail
. "$(dirname "$0")/support/setup.sh"

preset=dev
if [[ ${1:-} == --preset ]]; then
    preset=${2:?--preset needs a name}
    shift 2
fi

scratch=
group=

# What the tests started, found by its TMPDIR: a browser leaves the process group.
started_processes() {
    TMPDIR='' grep -lszFx "TMPDIR=$scratch" /proc/[0-9]*/environ | cut -d / -f 3
}

clean_up() {
    local signal=TERM tries=0 running
    trap '' HUP INT TERM
    if [[ -n $group ]]; then
        kill -TERM -- "-$group" 2>/dev/null || true
        wait "$group" 2>/dev/null || true
    fi
    [[ -n $scratch ]] || return 0
    while mapfile -t running < <(started_processes) && ((${#running[@]})); do
        kill "-$signal" "${running[@]}" 2>/dev/null || true
        ((++tries < 50)) || signal=KILL
        sleep 0.1
    done
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

# In a process group of its own, so that all it starts can be ended with it.
run_in_group() {
    local status=0
    set -m
    "$@" &
    group=$!
    set +m
    wait "$group" || status=$?
    group=
    return "$status"
}

set_up tests
cd "$root"
quietly "Could not configure the build." cmake -S .ci --preset "$preset"
quietly "Could not build." cmake --build "build/$preset"

scratch=$(mktemp -d)
export TMPDIR=$scratch
export XDG_CONFIG_HOME=$scratch XDG_CACHE_HOME=$scratch # where Chromium leaves files
export HISESSION_REDIS_SERVER=$REDIS_SERVER
export HISESSION_VALKEY_SERVER=$VALKEY_SERVER
export HISESSION_NGINX=$NGINX
export HISESSION_LIBRARY=$root/build/$preset/hisession/libhisession.so
export HISESSION_SOURCE_DIR=$root
run_in_group ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
    --parallel "$(nproc)" "$@"
