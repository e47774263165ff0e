#!/usr/bin/env bash
# mandoc has nothing to say of the man pages.
# lint.sh MAN_FOLDER
set -euo pipefail

command -v mandoc
mapfile -t pages < <(find "$1" -type f | sort)
((${#pages[@]} > 10))

# A date would be another one for each build; the pages name the version instead.
found=$(mandoc -T lint -W warning "${pages[@]}" | grep -v 'missing date, using ""' || true)
echo "$found"
[[ -z $found ]]
