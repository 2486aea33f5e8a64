# For scripts that need Debian's packages and leave the system alone: apt with lists, cache and an empty package database of
# its own. Sourced, not run.

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The mirror this machine takes Debian from.
mirror() {
    apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' | awk '
        $3 == "main" && $2 ~ /^(bullseye|bookworm|trixie|forky|sid|(old)?stable|testing|unstable)$/ { print $1; exit }'
}

isolated_apt() { # DIRECTORY SUITE deb|deb-src: writes apt.conf there
    local root=$1 suite=$2 kind=$3 site keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed=
    command -v apt-get dpkg-deb >/dev/null || fail "apt-get and dpkg-deb are needed"
    site=$(mirror)
    [ -n "$site" ] || fail "apt knows no Debian mirror; this needs Debian's packages"
    [ -f "$keyring" ] && signed="[signed-by=$keyring] "
    mkdir -p "$root"/{empty,state,lists/partial,cache/archives/partial}
    : >"$root/status"
    echo "$kind $signed$site $suite main" >"$root/sources.list"
    {
        # What the system says about fetching: proxies, certificates.
        apt-config dump | grep '^Acquire::' | grep -vE '^Acquire::(IndexTargets|Changelogs|Languages|Check-Valid-Until)' || true
        cat <<CONF
Dir::Etc::parts "$root/empty";
Dir::Etc::main "/dev/null";
Dir::Etc::sourcelist "$root/sources.list";
Dir::Etc::sourceparts "$root/empty";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$root/empty";
Dir::State "$root/state";
Dir::State::lists "$root/lists";
Dir::State::status "$root/status";
Dir::Cache "$root/cache";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
CONF
    } >"$root/apt.conf"
}
