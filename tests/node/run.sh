#!/usr/bin/env bash
# Runs test_node.py, with what package.json names.
#
#   run.sh FFI_HEADER LIBRARY
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../support/modules.sh"

NODE_PATH=$(npm_modules "$here")
export NODE_PATH
exec python3 "$here/test_node.py" "$@"
