#!/bin/sh
# Installs the system packages that the program and its tests need, and says what it does: setup.sh run|test [screen]
# Knows Debian and its kin. Elsewhere it says what is needed and goes on; Windows and macOS need nothing but Rust.
set -eu

build='gcc libc6-dev libclang-dev pkg-config libasound2-dev'  # a C compiler for SQLite and ring; libclang for the cameras' bindings; sound
window='libegl1 libgl1 libgl1-mesa-dri libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libfontconfig1'
font='fonts-wqy-microhei'                   # a small one with simplified and traditional Chinese
screen='xvfb xauth'                         # a screen for machines without one
tests="$screen xdotool"                     # presses keys in a real window

command -v cargo >/dev/null || { echo 'Rust is missing: https://rustup.rs installs it.' >&2; exit 1; }

wanted="$build $window"
case "$*" in
  run) ;;
  'run screen') wanted="$wanted $screen" ;;
  test) wanted="$wanted $tests" ;;
  *) echo "usage: $0 run|test [screen]" >&2; exit 2 ;;
esac
fc-list :lang=zh 2>/dev/null | grep -q . || wanted="$wanted $font"

[ "$(uname)" = Linux ] || exit 0
command -v apt-get >/dev/null || { echo "Not a Debian: see that you have the like of $wanted." >&2; exit 0; }

missing=''
for package in $wanted; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=''
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Run as root, then try again: apt-get install$missing" >&2; exit 1; }
  as_root=sudo
fi
echo "Installing${as_root:+ with sudo}:$missing" >&2
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $missing >/dev/null
