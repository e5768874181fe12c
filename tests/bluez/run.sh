#!/usr/bin/env bash
# Runs pytest beside a real BlueZ in a user-mode kernel: run.sh [ARGUMENT ...], by default all of tests/ble.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
kernel=${KERNEL:-$HOME/.cache/athena-sense/uml/linux}
[ -x "$kernel" ] || { echo "no kernel at $kernel: see tests/bluez/README.md" >&2; exit 1; }
[ $# -gt 0 ] || set -- -q tests/ble

told=$(mktemp)
trap 'rm -f "$told"' EXIT
# The kernel's command line holds no quotes: pytest's arguments travel in base64.
timeout "${LIMIT:-1800}" "$kernel" mem=1G rootfstype=hostfs rootflags=/ ro quiet loglevel=3 \
  con=null con0=null,fd:1 init="$here/init.sh" FOLDER="$project" PYTHON="${PYTHON:-$project/.venv/bin/python}" \
  SEED="$(head --bytes 32 /dev/urandom | base64 --wrap 0)" ARGUMENTS="$(printf '%q ' "$@" | base64 --wrap 0)" < /dev/null 2>&1 | tee "$told"
grep -q '^pytest ended with 0' "$told"
