#!/bin/sh
# Sets up and runs every test, on a screen of its own: neither a screen nor a camera is needed. Arguments go to cargo test.
set -eu
cd "$(dirname "$0")/.."

tools/setup.sh test
unset WAYLAND_DISPLAY
# Many tills at once open many files: more than the 1,024 that some systems allow at first, and fewer than they allow to who asks.
ulimit -S -n "$(ulimit -H -n)" 2>/dev/null || :
# A screen that begins anew whenever its last window closes would turn away who comes at that moment.
screen='-screen 0 1280x1024x24 -nolisten tcp -noreset'
command -v xvfb-run >/dev/null || exec cargo test --locked "$@"
exec xvfb-run -a -s "$screen" cargo test --locked "$@"
