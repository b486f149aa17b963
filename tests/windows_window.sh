#!/usr/bin/env bash
# The window of the program for Windows, under Wine: it opens, shows Chinese, refuses a code that cannot be used, takes a typed one, and writes
# it off with its key; then the program itself is asked for what its ledger holds.
#
#     tests/windows_window.sh [PROGRAM.exe]        (what tools/windows.sh has built, where no program is named)
#
# Wine's desktop stands in for Windows': it gives keys to the window that has the focus. What was seen last is kept as target/windows/window.png.
# Where Wine or a tool is missing, the test says so and counts as skipped: exit status 0.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath -m "${1:-target/windows/x86_64-pc-windows-gnu/debug/hexiao.exe}") picture=$PWD/target/windows/window.png
skip() { echo "windows window test skipped: $*"; exit 0; }
[ -s "$program" ] || skip "there is no $program; tools/windows.sh build makes it"
missing=''
for tool in wine:wine xdotool:xdotool ffmpeg:ffmpeg Xvfb:xvfb xauth:xauth; do command -v "${tool%:*}" >/dev/null || missing="$missing ${tool#*:}"; done
if [ -n "$missing" ]; then
  { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; } || skip "not installed:$missing"
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $missing >/dev/null || skip "these packages cannot be had:$missing"
fi

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cat >"$work/inside.sh" <<'INSIDE'
set -euo pipefail
program=$1 work=$2 picture=$3
trap 'WINEPREFIX=$PWD/target/windows/wine wineserver -k' EXIT # Wine's own programs outlive ours
usable=409632457895 expired=409600913357
hexiao() { tools/windows.sh "$program" --settings "Z:$work/settings.toml" --data "Z:$work/data" "$@"; }
look() { ffmpeg -v error -y -f x11grab -video_size 1280x800 -i "$DISPLAY" -frames:v 1 "$picture"; }
fail() { look || true; cat "$work"/data/logs/* >&2 2>/dev/null || true; echo "windows window test FAILED: $*; see $picture" >&2; exit 1; }
# The colour of a point of the verdict's ground.
colour() { ffmpeg -v error -f x11grab -video_size 1x1 -i "$DISPLAY+1200,205" -frames:v 1 -f rawvideo -pix_fmt rgb24 - | od -An -tx1 | tr -d ' \n'; }
await() { # COLOUR WHAT
  for _ in $(seq 150); do [ "$(colour)" = "$1" ] && { echo "ok: $2"; return; }; sleep 0.2; done
  fail "$2: the verdict's ground is $(colour), not $1"
}
type_code() { xdotool type --delay 20 "$1"; xdotool key Return; }

printf '[window]\nlanguage = "zh-CN"\n' >"$work/settings.toml"
# As hexiao(), in a desktop of Wine's own that fills the screen.
tools/windows.sh explorer.exe /desktop=hexiao,1280x800 "Z:$program" --no-camera \
  --settings "Z:$work/settings.toml" --data "Z:$work/data" >"$work/out" 2>&1 &
for _ in $(seq 600); do grep -qs 'till open after' "$work"/data/logs/* && break; sleep 0.1; done
grep -hs 'till open after' "$work"/data/logs/* || { cat "$work/out" >&2; fail 'no till within 60 s'; }
await 455563 'the window is open and ready'
type_code "$expired"; await b31d1d 'an expired coupon is refused'
xdotool key F9
type_code "$usable"; await 14733a 'a usable one may be written off'
sleep 1 # for a moment no press is taken for a coupon that has just come
xdotool key F9; await 1256a0 'its key writes it off'
look
! grep -hs 'no font here has Chinese' "$work"/data/logs/* || fail 'Chinese cannot be shown'
hexiao ledger --json >"$work/rows" 2>/dev/null || fail "the ledger cannot be listed"
grep -q "\"code\":\"$usable\".*\"accepted\"" "$work/rows" || fail "the ledger holds $(cat "$work/rows")"
[ "$(wc -l <"$work/rows")" -eq 1 ] || fail "the ledger holds more than one row: $(cat "$work/rows")"
echo 'ok: the ledger holds it, once'
INSIDE
xvfb-run -a -s '-screen 0 1280x800x24 -noreset' bash "$work/inside.sh" "$program" "$work" "$picture"
echo "windows window test passed; $picture"
