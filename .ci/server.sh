# A PostgreSQL that no package has, built from Debian's source package. Sourced, not run.
#
#   KIND=cassert             with assertions, which also have memory overwritten when it is freed (the default)
#   KIND=exec-backend        whose postmaster executes its program for each process, as on Windows
#
# CASSERT_DIR and EXEC_BACKEND_DIR say where it goes, instead of target/KIND; it stays there. JOBS says how many compilers run at a
# time (1).
# Needed: gcc, make, perl, bzip2. Nothing of the system is changed. With the headers of valgrind, the server tells valgrind what
# it allocates, and which memory other processes write. Without them, valgrind reports false errors.

. .ci/apt.sh

# Up to 16 the tarball brings the parsers that bison and flex make.
SUITE=bookworm
MAJOR=15

KIND=${KIND:-cassert}
case $KIND in
    cassert) DIR=${CASSERT_DIR:-$PWD/target/cassert} OPTIONS=(--enable-cassert --enable-debug) ;;
    exec-backend) DIR=${EXEC_BACKEND_DIR:-$PWD/target/exec-backend} OPTIONS=(CPPFLAGS=-DEXEC_BACKEND) ;;
    *) fail "there is no server of kind $KIND" ;;
esac
mkdir -p "$DIR"
DIR=$(cd "$DIR" && pwd)
SERVER=$DIR/$MAJOR

fetch_source() { # into the current directory
    isolated_apt "$DIR/apt" "$SUITE" deb-src
    local config=$DIR/apt/apt.conf
    APT_CONFIG=$config LC_ALL=C apt-get update --quiet=2
    APT_CONFIG=$config LC_ALL=C apt-get source --quiet=2 --download-only "postgresql-$MAJOR"
    tar --extract --bzip2 --strip-components=1 --file postgresql-*.orig.tar.bz2
}

compiler_flags() {
    local flags="-Og -fno-omit-frame-pointer"
    [ ! -e /usr/include/valgrind/memcheck.h ] || flags+=" -DUSE_VALGRIND"
    echo "$flags"
}

build_source() { # in the current directory
    ./configure --quiet --prefix="$SERVER" "${OPTIONS[@]}" \
        CFLAGS="$(compiler_flags)" --without-readline --without-zlib --without-icu
    nice make --quiet --jobs="${JOBS:-1}"
    make --quiet install
    # Neighbours: pg_stat_statements and auto_explain have hooks where workers pass.
    nice make --quiet --jobs="${JOBS:-1}" --directory contrib install
    # What valgrind is to forgive the server.
    cp src/tools/valgrind.supp "$SERVER/"
}

special_server() {
    # A server without the hints is built again when valgrind has come.
    if [ -f "$SERVER/.complete" ] && [ "$(cat "$SERVER/.complete")" = "$(compiler_flags)" ]; then
        return
    fi
    for program in gcc make perl bzip2; do
        command -v $program >/dev/null || fail "$program is needed"
    done
    rm -rf "$SERVER" "$DIR/apt" "$DIR/source"
    mkdir -p "$DIR/source"
    pushd "$DIR/source" >/dev/null
    echo "building PostgreSQL $MAJOR, for some minutes; the log is $DIR/make.log"
    fetch_source
    build_source >"$DIR/make.log" 2>&1
    popd >/dev/null
    rm -rf "$DIR/apt" "$DIR/source"
    compiler_flags >"$SERVER/.complete"
}

say "a server of kind $KIND"
special_server
"$SERVER/bin/postgres" --version
