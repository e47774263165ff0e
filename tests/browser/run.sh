#!/usr/bin/env bash
# Runs the tests of the web example and of cookies in Chromium, with what package.json
# names.
#
#   run.sh WEB_EXAMPLE PROGRAM_FOR_COOKIES FOLDER_FOR_SCREENSHOTS
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../support/modules.sh"

NODE_PATH=$(npm_modules "$here")
export NODE_PATH
export HISESSION_WEB=$1
export HISESSION_COOKIES=$2
export HISESSION_SCREENSHOTS=$3
mkdir -p "$3"
exec node --test --test-concurrency=1 "$here"/test_*.js
