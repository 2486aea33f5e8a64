# Parts of a script, each with its time; a table of them in the end. Sourced, not run.
#
#   part TITLE COMMAND…     runs it; a part that fails does not keep the others from running
#   chosen FUNCTION TITLE   the same, where ONLY names the function or nothing
#   without TITLE WHY       this was left out, and the end says so
#   summary                 the table; false when a part failed

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

ONLY=()
PARTS=$(mktemp -d)
: >"$PARTS/table"
trap 'rm -rf "$PARTS"' EXIT

# Shells of parts count apart: `times` of one says what its children used.
part() {
    local title=$1 begin=$SECONDS status=0 chain=${PARTS_CHAIN:-main}
    shift
    say "$title"
    (
        trap 'times >"$PARTS/times.$chain"' EXIT
        set -euo pipefail
        "$@"
    ) &
    wait $! || status=$?
    local used load
    used=$(tail -n 1 "$PARTS/times.$chain" | awk '{ for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); sum += 60 * t[1] + t[2] } printf "%.0f", sum }')
    load=$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo "?")
    printf '%s\t%d\t%s\t%s\t%s\n' "$title" $((SECONDS - begin)) "$used" "$load" \
        "$([ "$status" = 0 ] && echo ok || echo FAILED)" >>"$PARTS/table"
    [ "$status" = 0 ] || printf '\nFAILED: %s\n' "$title"
}

wanted() { [ ${#ONLY[@]} = 0 ] || [[ " ${ONLY[*]} " == *" $1 "* ]]; }

chosen() { ! wanted "$1" || part "$2" "$1"; }

# A name that no part has would run nothing, and pass.
known() { # FUNCTION…: the parts that there are
    local name
    for name in "${ONLY[@]}"; do
        [[ " $* " == *" $name "* ]] || fail "there is no part $name; the parts are: $*"
    done
}

without() {
    echo "LEFT OUT: $1: $2"
    printf '%s: %s\n' "$1" "$2" >>"$PARTS/without"
}

summary() {
    say "the time of each part"
    printf '%8s %8s %6s  %-7s %s\n' seconds CPU load verdict part
    awk -F '\t' '{ printf "%8d %8s %6s  %-7s %s\n", $2, $3, $4, $5, $1 }' "$PARTS/table"
    printf '%8d %8s %6s  %-7s %s\n' "$SECONDS" "" "" "" "all"
    if [ -f "$PARTS/without" ]; then
        say "left out"
        cat "$PARTS/without"
    fi
    ! grep -q 'FAILED$' "$PARTS/table"
}

. .ci/pg-config.sh
