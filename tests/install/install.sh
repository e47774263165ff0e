#!/usr/bin/env bash
# Installs the library to a temporary place and uses it from there.
# install.sh tree|package SOURCE_FOLDER
set -euo pipefail
source=$2
. "$(dirname "$0")/consumers.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

build() {
    cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DHISESSION_BUILD_TESTS=OFF -DHISESSION_BUILD_EXAMPLES=OFF "$@"
    cmake --build "$work/build"
}

use_from() {
    local prefix=$1 libdir=$2
    LD_LIBRARY_PATH=$libdir use_with_cmake "$work" -DCMAKE_PREFIX_PATH="$prefix"
    PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir use_with_pkg_config "$work"
}

# By --prefix, by DESTDIR, and moved elsewhere afterwards.
tree() {
    build -DCMAKE_INSTALL_LIBDIR=lib
    cmake --install "$work/build" --prefix "$work/prefix"
    use_from "$work/prefix" "$work/prefix/lib"

    DESTDIR=$work/destdir cmake --install "$work/build"
    use_from "$work/destdir/usr/local" "$work/destdir/usr/local/lib"

    mv "$work/prefix" "$work/moved"
    use_from "$work/moved" "$work/moved/lib"
}

# The examples' sources are built where they were installed.
use_examples() {
    cmake -S "$1/share/doc/hisession/examples" -B "$work/examples" -G Ninja \
        -DCMAKE_PREFIX_PATH="$1"
    cmake --build "$work/examples"
    [[ -x $work/examples/login_logout && -x $work/examples/web/web ]]
}

has_file() {
    dpkg-deb -c "$1" | awk '{ print $6 }' | grep -x "\./usr/$2" >/dev/null ||
        { echo "$1 lacks $2"; return 1; }
}

depends() {
    dpkg-deb -f "$1" Depends | grep -w -- "$2" >/dev/null ||
        { echo "$1 does not depend on $2"; return 1; }
}

package() {
    build -DCMAKE_INSTALL_PREFIX=/usr
    (cd "$work/build" && cpack -G DEB)
    local runtime development
    runtime=$(echo "$work"/build/libhisession0_*.deb)
    development=$(echo "$work"/build/libhisession-dev_*.deb)

    local lib
    lib=lib/$(gcc -print-multiarch)
    has_file "$runtime" "$lib/libhisession.so.0"
    has_file "$development" "$lib/libhisession.so"
    has_file "$development" "$lib/libhisession.a"
    has_file "$development" "$lib/pkgconfig/hisession.pc"
    has_file "$development" "$lib/cmake/hisession/hisession-config.cmake"
    for header in "$source"/include/hisession/*.h; do
        has_file "$development" "include/hisession/$(basename "$header")"
    done
    has_file "$development" include/hisession/ffi.h
    has_file "$development" share/man/man7/hisession.7
    has_file "$development" share/doc/hisession/hisession.html
    for library in libc6 libcjson1 libsodium23; do
        depends "$runtime" "$library"
    done
    depends "$development" libhisession0

    dpkg-deb -x "$runtime" "$work/root"
    dpkg-deb -x "$development" "$work/root"
    use_from "$work/root/usr" "$work/root/usr/$lib"
    while read -r function; do
        [[ -e $work/root/usr/share/man/man3/$function.3 ]] ||
            { echo "no man page of $function"; return 1; }
    done <"$source/tests/abi/symbols.txt"
    use_examples "$work/root/usr"
}

"$1"
