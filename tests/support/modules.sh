# What a package.json names, installed to build/deps, once; sourced by run.sh scripts.
#
#   modules=$(npm_modules FOLDER)       the folder for NODE_PATH

install_modules() (
    work=$(mktemp -d "$3/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    mkdir "$work/modules"
    cp "$1/package.json" "$work/modules"
    npm install --prefix "$work/modules" --cache "$work/cache" --ignore-scripts \
        --no-package-lock --no-audit --no-fund --no-update-notifier --loglevel=error >&2
    mv -T "$work/modules" "$2"
)

npm_modules() {
    local deps modules
    deps=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/deps
    modules=$deps/node-$(sha256sum <"$1/package.json" | cut -c 1-12)
    mkdir -p "$deps"
    (
        flock 9 # one at a time
        [[ -e $modules ]] || install_modules "$1" "$modules" "$deps"
    ) 9>"$deps/lock-node"
    echo "$modules/node_modules"
}
