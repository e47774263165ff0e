#!/usr/bin/env bash
# Checks the protocol's model with spin, line by line of checks.txt. Debian 12 or 13.
#
#   ./tests/model/run.sh              what .ci/run checks: some minutes, up to 4 GB
#   ./tests/model/run.sh --all        the large lines, too: hours
#   ./tests/model/run.sh NAME...      only lines with such a name (a part of it does)
#   ./tests/model/run.sh --show NAME  the shortest counterexample of one line
#
# MODEL_MEMORY_MB is how much memory one line may take: 3900.
set -euo pipefail
. "$(dirname "$0")/../support/setup.sh"
here=$root/tests/model
memory=${MODEL_MEMORY_MB:-3900}

for program in spin gcc; do
    command -v "$program" >/dev/null ||
        fail "Missing: $program. Install Debian's package $program."
done

all='' show=''
case ${1:-} in
--all) all=1; shift ;;
--show) show=1; shift; (($# == 1)) || fail "--show takes the name of one line." ;;
-*) fail "No such option: $1" ;;
esac
names=("$@")

work=$(mktemp -d)
search=
clean_up() {
    [[ -z $search ]] || kill "$search" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
trap 'exit 141' PIPE

is_wanted() { # NAME
    local name
    ((${#names[@]})) || return 0
    for name in "${names[@]}"; do
        [[ $1 == *"$name"* ]] && return 0
    done
    return 1
}

# A switch that no file knows would change nothing, and its line check nothing.
check_switches() {
    local switch
    for switch in "$@"; do
        grep -qw "${switch%%=*}" "$here"/*.inc "$here"/*.pml ||
            fail "No file knows the switch $switch."
    done
}

# build SCENARIO SWITCH...: the search as a program in $work, and what it takes.
build() {
    local scenario=$1
    shift
    check_switches "$@"
    rm -rf "${work:?}"/*
    cp "$here"/*.inc "$here/$scenario.pml" "$work"
    (
        cd "$work"
        quietly "spin does not accept $scenario.pml with: $*" \
            spin -a "${@/#/-D}" "$scenario.pml"
        quietly "Could not compile the search." \
            gcc "${compiler_flags[@]}" -w -DSAFETY -DNOFAIR -DVECTORSZ=2048 \
            -DMEMLIM="$memory" -o search pan.c
    )
}

# The search in the background, because bash would not hear of a signal before it ends.
run_search() {
    (cd "$work" && exec nice ./search -m300000 -w22 >found.txt 2>&1) &
    search=$!
    wait "$search" || true
    search=
}

# holds, the promise that is broken, or why neither is known.
verdict() {
    local found=$work/found.txt
    if grep -qE 'max search depth too small|reached -DMEMLIM|out of memory' "$found"; then
        echo unfinished
    elif grep -q 'errors: 0$' "$found"; then
        echo holds
    elif ! sed -n 's/.*assertion violated *(*\(P[1-7]\).*/\1/p' "$found" | grep .; then
        echo broken
    fi
}

check_line() { # EXPECTED NAME SCENARIO SWITCH...
    local expected=$1 name=$2 wanted got states mark=ok start=$SECONDS
    shift 2
    wanted=${expected#open }
    [[ $wanted != large ]] || wanted=holds
    # With up to some million states it takes longer to optimize a search than to run it.
    compiler_flags=(-O0)
    [[ $expected != large ]] || compiler_flags=(-O2 -DCOLLAPSE)
    build "$@"
    run_search
    got=$(verdict)
    [[ $got == "$wanted" ]] || mark=WRONG
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/found.txt")
    printf '%-5s %-52s %-10s %9s states %4d s  %s\n' "$mark" "$name" "$got" \
        "${states:-?}" $((SECONDS - start)) "$*"
    [[ $mark == ok ]]
}

# The steps that lead to the broken promise; sets of ids are numbers in the model.
show_line() { # EXPECTED NAME SCENARIO SWITCH...
    shift 2
    compiler_flags=(-O1 -DBFS)
    build "$@"
    run_search
    if ! compgen -G "$work/*.trail" >/dev/null; then
        echo "No counterexample: $(verdict)."
        return
    fi
    local switches=("${@:2}")
    (cd "$work" && spin -t "${switches[@]/#/-D}" "$1.pml") | python3 "$here/trail.py"
    grep -m 1 -o 'assertion violated.*' "$work/found.txt" || true
}

checked=0 wrong=0
while IFS='|' read -r expected name scenario switches; do
    read -r expected <<<"$expected"
    [[ -n $expected && $expected != \#* ]] || continue
    read -r name <<<"$name"
    read -r scenario <<<"$scenario"
    read -ra switches <<<"$switches"
    is_wanted "$name" || continue
    case $expected in
    holds | P[1-7] | "open "P[1-7]) ;;
    large) [[ $all || ${#names[@]} -gt 0 ]] || continue ;;
    *) fail "checks.txt: what is \"$expected\"?" ;;
    esac
    checked=$((checked + 1))
    if [[ $show ]]; then
        show_line "$expected" "$name" "$scenario" "${switches[@]}"
        break
    fi
    check_line "$expected" "$name" "$scenario" "${switches[@]}" || wrong=$((wrong + 1))
done <"$here/checks.txt"

((checked)) || fail "checks.txt has no such line."
[[ $show ]] || echo "$checked lines, $wrong not as expected, in $SECONDS s."
((wrong == 0))
