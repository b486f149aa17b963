#!/usr/bin/env bash
# Measures the real program in release, on a screen that nobody sees: how long the window takes to open, what an idle window costs, and
# whether it keeps its pace while a camera runs. Prints figures, judges nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh run screen
cargo build --release --locked --quiet
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

cat >"$work/inside.sh" <<'INSIDE'
work=$1; shift
ticks=$(getconf CLK_TCK)
start() { rm -rf "$work/data"; HEXIAO_LOG=${filter:-info} target/release/hexiao --settings "$work/settings.toml" --data "$work/data" "$@" & program=$!; }
log() { cat "$work"/data/log*/* 2>/dev/null || true; }
await() { for _ in $(seq 200); do log | grep -q "$1" && return; sleep 0.05; done; echo "never said: $1" >&2; exit 1; }
used() { awk '{print $14 + $15}' "/proc/$program/stat"; }
stop() { kill "$program"; wait "$program" 2>/dev/null || true; }

for run in 1 2 3 4 5; do
  start --no-camera; await 'till open'; stop
  echo "launch $run: $(log | grep -oE '(first frame|till open) after [0-9]+ ms' | paste -sd, | sed 's/,/, /')"
done

start --no-camera; await 'till open'; sleep 3
before=$(used); sleep 10; after=$(used); stop
echo "idle without a camera: $(awk "BEGIN {printf \"%.2f\", ($after - $before) / $ticks * 10}") % of one core"

filter=trace start --camera "file:tests/data/images/qrcode-5"; await 'till open'; sleep 3
before=$(used) frames=$(log | grep -c ' frame$' || true); sleep 10
after=$(used) more=$(log | grep -c ' frame$' || true); stop
echo "with pictures played: $(((more - frames) / 10)) frames a second, $(awk "BEGIN {printf \"%.1f\", ($after - $before) / $ticks * 10}") % of one core"
INSIDE
xvfb-run -a -s '-screen 0 1280x800x24' bash "$work/inside.sh" "$work"
