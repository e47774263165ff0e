#!/usr/bin/env bash
# Installs the library to a temporary place and uses it from there.
# install.sh tree|package|dependencies SOURCE_FOLDER
set -euo pipefail
source=$2
. "$(dirname "$0")/consumers.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
    echo "$*" >&2
    exit 1
}

use_from() {
    local prefix=$1 libdir=$2
    LD_LIBRARY_PATH=$libdir use_with_cmake "$work" -DCMAKE_PREFIX_PATH="$prefix"
    PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir use_with_pkg_config "$work"
}

# ---- From source: by --prefix, by DESTDIR, and moved elsewhere afterwards ------

tree() {
    cmake -S "$source" -B "$work/build"
    cmake --build "$work/build"
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

# ---- What is missing is named all at once, in Debian's words -------------------

dependencies() {
    local output
    if output=$(PKG_CONFIG_LIBDIR=$work cmake -S "$source" -B "$work/build" \
        -DHISESSION_HIREDIS_PREFIX="$work" 2>&1); then
        fail "It was configured without its dependencies."
    fi
    grep -F 'Missing: libcjson-dev, libsodium-dev, libhiredis-dev (>= 1.2)' <<<"$output" ||
        fail "The missing packages are not named: $output"
}

# ---- Debian packages -----------------------------------------------------------

# make_packages SOURCE BUILD: with debug information, which names folders if it is let,
# and a umask that would keep others out of the installed folders.
make_packages() (
    umask 077
    cmake -S "$1" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX=/usr
    cmake --build "$2"
    cd "$2"
    SOURCE_DATE_EPOCH=1700000000 cpack -G DEB
)

copy_source() {
    mkdir -p "$1/build/deps"
    tar -C "$source" --exclude=./build --exclude=./.git -cf - . | tar -C "$1" -xf -
    if [[ -e $source/build/deps/hiredis ]]; then
        cp -R "$source/build/deps/hiredis" "$1/build/deps"
    fi
}

has_file() {
    dpkg-deb -c "$1" | awk '{ print $6 }' | grep -x "\./usr/$2" >/dev/null ||
        fail "$1 lacks $2"
}

depends() {
    dpkg-deb -f "$1" Depends | grep -w -- "$2" >/dev/null || fail "$1 does not depend on $2"
}

# Every folder and file can be read by everybody and belongs to root.
is_readable() {
    local strange
    strange=$(dpkg-deb -c "$1" | grep -Ev '^(drwxr-xr-x|-rw-r--r--|lrwxrwxrwx) root/root ') || return 0
    fail "$1 holds $strange"
}

holds_licence() {
    cmp "$source/LICENSE" <(dpkg-deb --fsys-tarfile "$1" |
        tar -xO "./usr/share/doc/$(dpkg-deb -f "$1" Package)/copyright")
}

depends_on_hiredis() {
    if [[ -e $source/build/deps/hiredis ]]; then # inside the library
        if dpkg-deb -f "$1" Depends | grep hiredis; then fail "$1 depends on hiredis"; fi
    else
        depends "$1" "$2"
    fi
}

package() {
    local runtime development lib library header package
    copy_source "$work/copy"
    make_packages "$source" "$work/build"
    make_packages "$work/copy" "$work/elsewhere/build"
    runtime=$(echo "$work"/build/libhisession0_*.deb)
    development=$(echo "$work"/build/libhisession-dev_*.deb)

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
    depends "$development" "libhisession0 (= $(dpkg-deb -f "$runtime" Version))"
    depends "$development" libcjson-dev
    depends "$development" libsodium-dev
    depends_on_hiredis "$runtime" 'libhiredis[0-9.]* (>= [0-9.]*)'
    depends_on_hiredis "$development" 'libhiredis-dev (>= 1.2)'

    for package in "$runtime" "$development"; do
        is_readable "$package"
        holds_licence "$package"
        cmp "$package" "$work/elsewhere/build/$(basename "$package")"
        dpkg-deb -x "$package" "$work/root"
    done
    if grep -rF "$work" "$work/root"; then
        fail "The build's folder is named."
    fi
    use_from "$work/root/usr" "$work/root/usr/$lib"
    while read -r function; do
        [[ -e $work/root/usr/share/man/man3/$function.3 ]] ||
            { echo "no man page of $function"; return 1; }
    done <"$source/tests/abi/symbols.txt"
    use_examples "$work/root/usr"
}

"$1"
