#!/usr/bin/env bash
# Checks what the program is made of – licences, versions, sources, known faults – by deny.toml, with an installed cargo-deny of this very version or one that this builds once
# into target/tools. The list of known faults comes over the network: where it cannot be had, that part is left out, with a word, and the rest must hold.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
patience=120  # seconds for the list of known faults
tools=${CARGO_TARGET_DIR:-target}/tools

deny=$tools/bin/cargo-deny
is_wanted() { [ "$("$1" --version 2>/dev/null)" = "cargo-deny $version" ]; }
if ! is_wanted "$deny" && is_wanted cargo-deny; then
  deny=cargo-deny
elif ! is_wanted "$deny"; then
  echo "Building cargo-deny $version once (a minute or two)" >&2
  # Unoptimised: it builds in a third of the time, and has little to do. Its build folder is not kept.
  build=$(mktemp -d); trap 'rm -rf "$build"' EXIT
  CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$build \
    cargo install --quiet --locked --debug --no-default-features --root "$tools" --version "$version" cargo-deny \
    || { echo "cargo-deny $version could not be fetched and built (see above): nothing was checked. Install it, and try again." >&2; exit 1; }
fi

# What is built for other systems is looked at too.
cargo fetch --locked --quiet \
  || { echo 'The sources of all dependencies could not be fetched (see above): nothing was checked.' >&2; exit 1; }
"$deny" --locked --offline check licenses bans sources

if timeout "$patience" "$deny" fetch db >/dev/null 2>&1; then
  "$deny" --locked check advisories
else
  echo 'The list of known faults (RustSec) cannot be fetched here: advisories were not checked.' >&2
fi
