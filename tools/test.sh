#!/bin/sh
# Sets up and runs every test, on a screen of its own: neither a screen nor a camera is needed. Arguments go to cargo test.
set -eu
cd "$(dirname "$0")/.."

tools/setup.sh test
unset WAYLAND_DISPLAY
# Many tills at once open many files: more than the 1,024 that some systems allow at first, and fewer than they allow to who asks.
ulimit -S -n "$(ulimit -H -n)" 2>/dev/null || :
screen='xvfb-run -a'
command -v xvfb-run >/dev/null || screen=''
exec $screen cargo test --locked "$@"
