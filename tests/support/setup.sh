# Installs what is missing on Debian 12 or 13; sourced by the run.sh scripts.
#
#   set_up example   what it takes to build the library and to run a Redis
#   set_up fastcgi   that, and a web server
#   set_up web       what example takes, and libmicrohttpd
#   set_up tests     all that, and what the tests take
#
# Packages come from the machine's own Debian release. What that release lacks
# or has too old goes to build/deps and nowhere else: hiredis, built from Debian
# 13's source, and valkey-server, unpacked from Debian 12's backports. So does
# nginx, whose package would start a daemon.
#
# Sets root, REDIS_SERVER, (fastcgi, tests) NGINX and (tests) VALKEY_SERVER.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
deps=$root/build/deps
REDIS_SERVER=$deps/bin/redis-server
VALKEY_SERVER=$deps/bin/valkey-server
NGINX=$deps/nginx/usr/sbin/nginx
debian_keys=/usr/share/keyrings/debian-archive-keyring.gpg
trixie_keys=/usr/share/keyrings/debian-archive-trixie-automatic.gpg
trixie_security_keys=/usr/share/keyrings/debian-archive-trixie-security-automatic.gpg
export PYTHONDONTWRITEBYTECODE=1 # nothing is written outside build

# Of redis and valkey the -tools: they hold the servers' program, but start no daemon.
example_packages=(build-essential cmake ninja-build pkg-config
                  libcjson-dev libsodium-dev libssl-dev redis-tools python3)
fastcgi_packages=(libfcgi-dev curl)
web_packages=(libmicrohttpd-dev)
test_packages=(chromium file locales libcmocka-dev clang libclang-rt-dev python3-cffi
               luajit php-cli mandoc spin)

fail() {
    echo "$*" >&2
    exit 1
}

debian_release() {
    . /etc/os-release
    [[ ${ID:-} == debian && ${VERSION_ID:-} =~ ^1[23]$ ]] ||
        fail "Only Debian 12 and 13 are set up here, this is ${PRETTY_NAME:-another system}."
    echo "$VERSION_ID"
}

# Runs a command without its output; on failure shows that, and one line more.
quietly() {
    local message=$1 output
    shift
    output=$("$@" 2>&1) || fail "$output"$'\n'"$message"
}

# ---- Packages of the machine's own release -------------------------------------

missing_packages() {
    local installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        grep -qx "installed $package" <<<"$installed" || echo "$package"
    done
}

install_packages() {
    local missing as_root=()
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0

    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "Missing, and not root to install: ${missing[*]}"
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq
               -o DPkg::Lock::Timeout=300)
    quietly "The Debian mirror cannot be reached." \
        "${apt[@]}" -o APT::Update::Error-Mode=any update
    quietly "Could not install: ${missing[*]}" \
        "${apt[@]}" install --no-install-recommends "${missing[@]}"
}

# ---- Packages of another release, for build/deps only --------------------------

# other_release FOLDER SOURCE...: makes ready to fetch from the sources into
# FOLDER, without the machine's apt being touched.
other_release() {
    local folder=$1
    shift
    mkdir -p "$folder"/{lists,cache/archives}/partial
    printf '%s\n' "$@" >"$folder/sources.list"
    quietly "The Debian mirror cannot be reached." \
        other_apt "$folder" -o APT::Update::Error-Mode=any update
}

other_apt() {
    local folder=$1
    shift
    (cd "$folder" && apt-get -qq -o APT::Sandbox::User= \
        -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache" "$@")
}

build_hiredis() {
    local work=$1
    echo "Building hiredis"
    other_release "$work" \
        "deb-src [signed-by=$trixie_keys] http://deb.debian.org/debian trixie main" \
        "deb-src [signed-by=$trixie_security_keys] \
http://deb.debian.org/debian-security trixie-security main"
    quietly "Could not fetch the source of hiredis." other_apt "$work" source hiredis
    quietly "Could not configure hiredis." \
        cmake -S "$work"/hiredis-*/ -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_INSTALL_PREFIX="$work/hiredis" -DCMAKE_INSTALL_LIBDIR=lib \
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF \
        -DENABLE_SSL=ON -DDISABLE_TESTS=ON
    quietly "Could not build hiredis." cmake --build "$work/build" --target install
    mv -T "$work/hiredis" "$deps/hiredis"
}

unpack_valkey() {
    local work=$1
    echo "Unpacking valkey-server"
    other_release "$work" \
        "deb [signed-by=$debian_keys] http://deb.debian.org/debian bookworm-backports main"
    quietly "Could not fetch valkey-server." other_apt "$work" download valkey-tools
    dpkg-deb -x "$work"/valkey-tools_*.deb "$work/valkey"
    mv -T "$work/valkey" "$deps/valkey"
}

unpack_nginx() {
    local work=$1 name
    name=$(. /etc/os-release && echo "$VERSION_CODENAME")
    echo "Unpacking nginx"
    other_release "$work" \
        "deb [signed-by=$debian_keys] http://deb.debian.org/debian $name main" \
        "deb [signed-by=$debian_keys] http://deb.debian.org/debian-security $name-security main"
    quietly "Could not fetch nginx." other_apt "$work" download nginx
    dpkg-deb -x "$work"/nginx_*.deb "$work/nginx"
    mv -T "$work/nginx" "$deps/nginx"
}

# in_work_folder COMMAND: runs it with a folder that is removed afterwards.
in_work_folder() (
    work=$(mktemp -d "$deps/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    "$1" "$work"
)

# link_server COMMAND LINK: the program looks at its name to know that it is to be
# the server.
link_server() {
    local program
    program=$(command -v "$1") || fail "The command $1 is missing, though its package is installed."
    ln -sfn "$program" "$2.$BASHPID" && mv -T "$2.$BASHPID" "$2"
}

# ---- All of it -----------------------------------------------------------------

set_up() {
    local packages=("${example_packages[@]}") release
    release=$(debian_release)
    if [[ $1 == fastcgi || $1 == tests ]]; then
        packages+=("${fastcgi_packages[@]}")
    fi
    if [[ $1 == web || $1 == tests ]]; then
        packages+=("${web_packages[@]}")
    fi
    if [[ $1 == tests ]]; then
        packages+=("${test_packages[@]}")
        command -v node >/dev/null && command -v npm >/dev/null || packages+=(nodejs npm)
    fi
    case $release in
    12) # has no trustworthy key of Debian 13 if it was not updated for long
        [[ -e $trixie_keys ]] || packages+=(debian-archive-keyring)
        ;;
    13)
        packages+=(libhiredis-dev)
        if [[ $1 == tests ]]; then
            packages+=(valkey-tools)
        fi
        ;;
    esac
    install_packages "${packages[@]}"

    mkdir -p "$deps/bin"
    link_server redis-check-rdb "$REDIS_SERVER"
    (
        flock 9 # one at a time
        if [[ $release == 12 && ! -e $deps/hiredis ]]; then
            in_work_folder build_hiredis
        fi
        if [[ $release == 12 && $1 == tests && ! -e $deps/valkey ]]; then
            in_work_folder unpack_valkey
        fi
        if [[ ($1 == fastcgi || $1 == tests) && ! -e $deps/nginx ]]; then
            in_work_folder unpack_nginx
        fi
    ) 9>"$deps/lock"
    if [[ $1 == tests ]]; then
        PATH=$deps/valkey/usr/bin:$PATH link_server valkey-check-rdb "$VALKEY_SERVER"
    fi
}
