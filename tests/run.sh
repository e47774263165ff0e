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
clean_up() {
    if [[ -n $group ]]; then
        kill -TERM -- "-$group" 2>/dev/null || true
        wait "$group" 2>/dev/null || true
    fi
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
export HISESSION_REDIS_SERVER=$REDIS_SERVER
export HISESSION_VALKEY_SERVER=$VALKEY_SERVER
export HISESSION_NGINX=$NGINX
export HISESSION_LIBRARY=$root/build/$preset/hisession/libhisession.so
export HISESSION_SOURCE_DIR=$root
run_in_group ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
    --parallel "$(nproc)" "$@"
