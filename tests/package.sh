#!/usr/bin/env bash
# Installs a .deb on this machine as a shop would, opens the window on a screen that nobody sees, writes nothing off, and takes it away again:
#
#     tests/package.sh PACKAGE.deb
#
# Run as root on a Debian that has nothing yet: what the package needs, it has to bring along itself. Only the screen is brought here.
set -euo pipefail
package=$(realpath "$1")
fail() { echo "package test FAILED: $*" >&2; exit 1; }

apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$package" >/dev/null || fail "it cannot be installed"
for file in /usr/bin/hexiao /usr/share/applications/hexiao.desktop /usr/share/doc/hexiao/README.cameras /usr/share/icons/hicolor/256x256/apps/hexiao.png; do
  [ -s "$file" ] || fail "it brings no $file"
done
hexiao --version || fail "the program does not start"
DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends xvfb xauth >/dev/null

data=$(mktemp -d)
xvfb-run -a bash -c 'hexiao "$@" & echo $! >"$0"; wait' "$data/pid" --no-camera --settings "$data/settings.toml" --data "$data" >"$data/out" 2>&1 &
window=$!
for _ in $(seq 300); do
  grep -rqs 'till open after' "$data" && break
  kill -0 "$window" 2>/dev/null || { cat "$data/out" >&2; fail "the window ended"; }
  sleep 0.1
done
grep -rhs 'till open after' "$data" || fail "no window within 30 s"
kill "$(cat "$data/pid")"; wait "$window" || true

apt-get remove -qq hexiao >/dev/null
[ ! -e /usr/bin/hexiao ] || fail "it is not taken away"
[ -e "$data/settings.toml" ] || [ -n "$(ls "$data")" ] || fail "what the shop wrote is gone"
echo "package test passed"
