#!/usr/bin/env bash
# Measures the real program in release, on a screen that nobody sees and that the processor draws: how long the window takes to open, what an
# idle window costs, and what a camera costs: pictures played, and a telephone as a camera at 1280 × 720 and 30 frames a second (if ffmpeg is
# here, which plays one), for 20 seconds or as many as HEXIAO_MEASURE_SECONDS says. Prints figures, judges nothing.
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

resident() { awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$program/status"; }
# camera WORDS PICTURE FILTERS: what it costs to look at a photograph, as ffmpeg's filters change it and in a webcam's noise.
camera() {
  local words=$1 picture=$2 filters=$3 film=$work/film.nut port=8790 seconds=${HEXIAO_MEASURE_SECONDS:-20} server before after at_first frames
  ffmpeg -v error -y -loop 1 -i "tests/data/images/$picture" -t 4 -r 30 -vf "$filters,noise=alls=8:allf=t" -c:v mjpeg -pix_fmt yuvj422p -q:v 4 "$film"
  ffmpeg -v quiet -re -stream_loop -1 -i "$film" -c copy -f mpjpeg -listen 1 \
    -content_type 'multipart/x-mixed-replace;boundary=ffmpeg' "http://127.0.0.1:$port/video" & server=$!
  filter=trace start --camera "http://127.0.0.1:$port/video"; await ' frame$'; sleep 5
  before=$(used) at_first=$(resident) frames=$(log | grep -c ' frame$'); sleep "$seconds"; after=$(used)
  frames=$((($(log | grep -c ' frame$') - frames) / seconds))
  echo "$words: $(awk "BEGIN {printf \"%.1f\", ($after - $before) / $ticks / $seconds * 100}") % of one core," \
    "$frames frames drawn a second; $at_first MB resident, after $seconds s $(resident) MB"
  stop; kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true
}
if command -v ffmpeg >/dev/null; then
  trembling='crop=1240:700:20+15*sin(n/7):10+8*cos(n/9),scale=1280:720'
  echo '1280 × 720, 30 frames a second:'
  camera 'a code in a trembling hand' qrcode-1/1.webp "scale=480:480:force_original_aspect_ratio=decrease,pad=1280:720:400:120:gray,$trembling"
  camera 'one that is read in every third frame at best' qrcode-5/01.webp "scale=720:720,pad=1280:720:280:0:gray,$trembling"
  camera 'movement without a code' nothing/falsepositives-02.webp "scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720,$trembling"
  camera 'nobody there' qrcode-5/01.webp 'gblur=sigma=25,scale=1280:720'
fi

filter=trace start --camera "file:tests/data/images/qrcode-5"; await 'till open'; sleep 3
before=$(used) frames=$(log | grep -c ' frame$' || true); sleep 10
after=$(used) more=$(log | grep -c ' frame$' || true); stop
echo "with pictures played: $(((more - frames) / 10)) frames a second, $(awk "BEGIN {printf \"%.1f\", ($after - $before) / $ticks * 10}") % of one core"
INSIDE
xvfb-run -a -s '-screen 0 1280x800x24 -noreset' bash "$work/inside.sh" "$work"
