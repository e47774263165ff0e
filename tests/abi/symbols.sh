#!/usr/bin/env bash
# The libraries export the functions of symbols.txt, which are the functions of
# the headers, and nothing else.
# symbols.sh HEADER_FOLDER SHARED_LIBRARY STATIC_LIBRARY PRIVATE_HIREDIS(0 or 1)
#            INVARIANTS(0 or 1)
set -euo pipefail
headers=$1 shared=$2 static=$3 private_hiredis=$4 invariants=$5
expected=$(dirname "$0")/symbols.txt

same() {
    echo "$1"
    diff -u "$expected" -
}

none() {
    echo "$1"
    if grep .; then
        exit 1
    fi
}

# Words in front of a "(" in what the preprocessor leaves of the headers.
same "declared" < <(cat "$headers"/*.h | gcc -E -P -I "$headers/.." -DSESSION_API=EXPORTED -x c - |
    tr '\n' ' ' | grep -oP 'EXPORTED [^;(]*?\K\w+(?= *\()' | LC_ALL=C sort)

same "exported by the shared library" < <(nm -D --defined-only "$shared" |
    awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort)
none "exported without the version HISESSION_0" < <(nm -D --defined-only "$shared" |
    awk '$2 != "A"' | grep -v '@@HISESSION_0$')
same "global in the static library" < <(nm -g --defined-only "$static" |
    awk 'NF == 3 { print $3 }' | LC_ALL=C sort)

if [[ $private_hiredis == 1 ]]; then
    none "hiredis from outside" < <(nm -u "$shared" "$static" | grep -E ' (redis|sds|hi_)')
fi

# No weak randomness, no copies without a size, nothing that ends the program or
# changes it as a whole.
none "imported though banned" < <(nm -u "$shared" | sed 's/@.*//' | awk '{ print $2 }' |
    grep -xE '_*(s?rand(om)?(_r)?|[dejlmn]rand48|v?sprintf|strn?cpy|strn?cat|gets|v?printf|puts|s?scanf|strtok|exit|_exit|__assert_fail|signal|sigaction|setlocale|setenv|system|cJSON_InitHooks|hiredisSetAllocators)')
# A broken invariant is looked for only where the library is built for tests.
if [[ $invariants == 0 ]]; then
    none "invariants in a build for users" < <(grep -aoF 'this always holds' "$shared")
fi

none "abort outside of base/magic and base/invariant" < <(grep -rlw abort --include='*.[ch]' "$headers/../../src" |
    grep -vE '/base/(magic\.[ch]|invariant\.h)$')

echo "SONAME and hardening"
readelf -d "$shared" | grep -F 'SONAME' | grep -qF '[libhisession.so.0]'
readelf -d "$shared" | grep -q 'BIND_NOW'
readelf -lW "$shared" | grep -q 'GNU_RELRO'
none "executable stack" < <(readelf -lW "$shared" | grep 'GNU_STACK' | grep 'E ')
