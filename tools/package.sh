#!/usr/bin/env bash
# Makes the packages of this system in target/packages, by cargo-packager: package.sh [FORMAT…]
#
# On Linux a .deb, and a .tar.gz of the same files, to be unpacked over /. AppImage, the Windows installers (nsis, wix) and macOS's dmg are
# configured as well (Cargo.toml), but cargo-packager fetches the tools for them from the network, and each is made on its own system.
# A program runs on systems whose C library is as new as the one it was built with: build on the oldest that you mean to serve.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.11.8
folder=$PWD/target/tools

tools/setup.sh run
packager=$folder/bin/cargo-packager
if ! "$packager" --version 2>/dev/null | grep -qF "$version"; then
  echo "Building cargo-packager $version once (some minutes)" >&2
  CARGO_TARGET_DIR=$folder/build cargo install --quiet --locked --root "$folder" --version "$version" cargo-packager
  rm -rf "$folder/build"
fi
formats=("$@")
if [ ${#formats[@]} -eq 0 ]; then
  case $(uname) in Linux) formats=(deb pacman) ;; Darwin) formats=(app dmg) ;; *) formats=(nsis wix) ;; esac
fi
rm -rf target/packages
"$packager" --release --formats "$(IFS=,; echo "${formats[*]}")"
rm -rf target/packages/.cargo-packager
ls -l target/packages
