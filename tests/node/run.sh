#!/usr/bin/env bash
# Runs test_node.py. What package.json names is installed to build/deps, once.
#
#   run.sh FOLDER_OF_HEADERS LIBRARY
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
deps=$(cd "$here/../.." && pwd)/build/deps
modules=$deps/node-$(sha256sum <"$here/package.json" | cut -c 1-12)

install_modules() (
    work=$(mktemp -d "$deps/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    mkdir "$work/modules"
    cp "$here/package.json" "$work/modules"
    npm install --prefix "$work/modules" --cache "$work/cache" --ignore-scripts \
        --no-package-lock --no-audit --no-fund --no-update-notifier --loglevel=error
    mv -T "$work/modules" "$modules"
)

mkdir -p "$deps"
(
    flock 9 # one at a time
    [[ -e $modules ]] || install_modules
) 9>"$deps/lock-node"
NODE_PATH=$modules/node_modules exec python3 "$here/test_node.py" "$@"
