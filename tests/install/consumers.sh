# Builds and runs programs that use an installed library; sourced.

consumer=$(cd "$(dirname "${BASH_SOURCE[0]}")/consumer" && pwd)

# expect_output PROGRAM: it runs, and with the library that was installed.
expect_output() {
    echo "running $1"
    [[ $("$1") == 'hisession 0.1.0 {"user":"ada"}' ]]
}

# use_with_cmake WORK_FOLDER [CMAKE_ARGUMENT...]
use_with_cmake() {
    local build=$1/cmake
    shift
    rm -rf "$build"
    cmake -S "$consumer" -B "$build" -G Ninja "$@"
    cmake --build "$build"
    for program in shared_c shared_cpp static_c static_cpp; do
        expect_output "$build/$program"
    done
    loads_library "$build/shared_c"
    if loads_library "$build/static_c"; then return 1; fi
}

# use_with_pkg_config WORK_FOLDER
use_with_pkg_config() {
    local work=$1 flags
    read -ra flags <<<"$(pkg-config --cflags --libs hisession)"
    cc "$consumer/main.c" -o "$work/pc_shared_c" "${flags[@]}"
    g++ -x c++ "$consumer/main.c" -x none -o "$work/pc_shared_cpp" "${flags[@]}"

    # Of the two libraries in the folder, the archive.
    read -ra flags <<<"$(pkg-config --static --cflags --libs hisession |
        sed 's/-lhisession/-l:libhisession.a/')"
    cc "$consumer/main.c" -o "$work/pc_static_c" "${flags[@]}"

    for program in pc_shared_c pc_shared_cpp pc_static_c; do
        expect_output "$work/$program"
    done
    loads_library "$work/pc_shared_c"
    if loads_library "$work/pc_static_c"; then return 1; fi
}

loads_library() {
    readelf -d "$1" | grep -F '[libhisession.so.0]' >/dev/null
}
