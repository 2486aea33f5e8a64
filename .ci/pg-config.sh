# The pg_config of a major with headers; false where that is not here. Sourced, not run.
pg_config() { cargo bgworker servers --json | python3 -c '
import json, sys
found = [s for s in json.load(sys.stdin)["servers"] if s["major"] == sys.argv[1] and s["headers"]]
print(found[0]["pg_config"]) if found else sys.exit(1)' "$1"; }
