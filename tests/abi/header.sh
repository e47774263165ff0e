#!/usr/bin/env bash
# Each public header compiles alone, in every language it promises, and its enums
# have names, for languages that bind constants by their enum.
# header.sh INCLUDE_FOLDER
set -euo pipefail
include=$1

compile() {
    local compiler=$1 standard=$2 language=$3 header=$4
    echo "$compiler -std=$standard $header"
    echo "#include <$header>" | "$compiler" -std="$standard" -x "$language" -fsyntax-only \
        -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror -I "$include" -
}

cd "$include"
if grep -n 'enum {' hisession/*.h; then
    exit 1
fi
for header in hisession/*.h; do
    for compiler in gcc clang; do
        compile "$compiler" c99 c "$header"
        compile "$compiler" c11 c "$header"
    done
    for compiler in g++ clang++; do
        compile "$compiler" c++17 c++ "$header"
    done
done
