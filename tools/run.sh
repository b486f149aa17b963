#!/bin/sh
# Sets up, builds and opens the window. Arguments go to the program: tools/run.sh --help
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

screen=''
if [ "$(uname)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ $# -eq 0 ]; then
  echo 'There is no screen here, so the window opens on one that nobody sees. Run this on a desktop to see it.' >&2
  screen='xvfb-run -a'
fi
"$root/tools/setup.sh" run ${screen:+screen}
exec $screen cargo run --release --locked --manifest-path "$root/Cargo.toml" -- "$@"
