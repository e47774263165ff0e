#!/usr/bin/env bash
# Runs the tests of the web example in Chromium, with what package.json names.
#
#   run.sh PROGRAM FOLDER_FOR_SCREENSHOTS
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../support/modules.sh"

NODE_PATH=$(npm_modules "$here")
export NODE_PATH
export HISESSION_WEB=$1
export HISESSION_SCREENSHOTS=$2
mkdir -p "$2"
exec node --test --test-concurrency=1 "$here"/test_*.js
