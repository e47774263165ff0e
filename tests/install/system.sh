#!/usr/bin/env bash
# Installs the library from source to /usr/local, as README.md says, uses it with
# nothing set in the environment, and removes it. As root, and not by ctest.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/install/consumers.sh

remove() {
    cmake -E rm -rf "$work"
    [[ -e $manifest ]] || return 0
    xargs rm -f <"$manifest"
    xargs -n 1 dirname <"$manifest" | grep hisession | sort -ru |
        xargs rmdir --ignore-fail-on-non-empty
    ldconfig
}

work=$(mktemp -d)
manifest=build/install/install_manifest.txt
trap remove EXIT
trap 'exit 1' HUP INT TERM
unset LD_LIBRARY_PATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH

cmake -S . -B build/install && cmake --build build/install
cmake --install build/install && ldconfig
use_with_cmake "$work"
use_with_pkg_config "$work"
