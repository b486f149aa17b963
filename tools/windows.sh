#!/usr/bin/env bash
# Builds or tests for Windows on a Debian machine: windows.sh build|test|clippy|… [cargo's own arguments]
#
# Debian's compiler has its library's source beside it, so the standard library for Windows is built along with the program and no
# toolchain is fetched; what is built runs under Wine. Everything stays in target/windows, Wine's prefix included. Where the packages
# cannot be had it says so and ends well: nobody without a Debian is kept from anything.
set -euo pipefail
cd "$(dirname "$0")/.."
target=x86_64-pc-windows-gnu
folder=$PWD/target/windows
oldest=1.95                                  # the compiler that Cargo.toml asks for
export WINEPREFIX=$folder/wine WINEDEBUG=${WINEDEBUG:--all} WINEDLLOVERRIDES='mscoree,mshtml,winedbg.exe='

# Cargo calls this script back with what it has built.
named=${1:-}
case ${named##*/} in
  # Wine's connections are many times slower than Windows': of the faults those alone that a system's sockets have a part in, and few at
  # a time, since each row lives by deadlines. HEXIAO_FAULT='' plays all, for ten minutes.
  network-*.exe)
    export HEXIAO_FAULT=${HEXIAO_FAULT-'connection|accepted|reset|closed|no reply'} HEXIAO_SCENES_AT_A_TIME=${HEXIAO_SCENES_AT_A_TIME:-8}
    exec wine "$@" ;;
  # Under Wine several windows in one process crash in its list of fonts. And now and then, on a busy machine, it cannot start a program
  # («Internal error», 1359, after «sendmsg: Bad file descriptor» of its own), most often where several threads do: then all is run again.
  hexiao-*.exe) exec wine "$@" ;; # starts none, and opens none
  *-*.exe)
    export RUST_TEST_THREADS=1
    said=$(mktemp); trap 'rm -f "$said"' EXIT
    for _ in 1 2 3; do
      status=0; wine "$@" 2>&1 | tee "$said" || status=$?
      [ "$status" -ne 0 ] && grep -q 'code: 1359,' "$said" || break
      echo "Wine failed to start a program: ${named##*/} is run again" >&2
    done
    exit "$status" ;;
  *.exe) exec wine "$@" ;;
  '') echo "usage: $0 build|test|clippy|… [cargo's own arguments]" >&2; exit 2 ;;
esac

skip() { echo "skipped: $1" >&2; exit 0; }

# ── Packages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

command -v apt-get >/dev/null || skip 'the Windows build wants Debian, for its compiler and Wine'
has() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p'; }
recent() { dpkg --compare-versions "$(candidate "$1" | sed 's/(none)//')" ge "$oldest"; }
# A stable Debian has a recent compiler under a name of its own, kept for browsers; later ones under the plain name.
find_compiler() { for kind in -web ''; do if recent "rustc$kind"; then compiler="rustc$kind cargo$kind rust$kind-src"; return; fi; done; false; }

[ "$(id -u)" -eq 0 ] || may_install=no
if ! find_compiler && [ "${may_install:-}" != no ]; then apt-get update -qq || true; fi
find_compiler || skip "Debian's package lists hold no Rust $oldest or newer"
missing=''
# Of fonts with Chinese Wine takes this one alone where a program asks for any.
for package in $compiler gcc-mingw-w64-x86-64-win32 wine wine64 fonts-noto-cjk xvfb xauth libgl1-mesa-dri; do
  has "$package" || missing="$missing $package"
done
if [ -n "$missing" ]; then
  [ "${may_install:-}" != no ] || skip "not installed, and only root may: $missing"
  echo "Installing:$missing" >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $missing >/dev/null \
    || skip "these packages cannot be had: $missing"
fi

# ── Wine ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

system=$WINEPREFIX/drive_c/windows/system32
# Made whole or not at all: one that was broken off halfway lacks the mark, and is made anew.
if [ ! -e "$WINEPREFIX/whole" ]; then
  rm -rf "$WINEPREFIX"
  mkdir -p "$WINEPREFIX"
  xvfb-run -a wineboot --init >"$folder/wineboot.log" 2>&1 </dev/null && [ -d "$system" ] \
    || { echo "Wine could not be set up: see $folder/wineboot.log" >&2; exit 1; }
  touch "$WINEPREFIX/whole"
fi
if [ ! -e "$system/bcryptprimitives.dll" ]; then
  # The one function that Rust's random numbers come from, which older Wines lack; the same bytes by the older name.
  source=$(mktemp --suffix=.c)
  cat >"$source" <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size); /* RtlGenRandom */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T size)
{
    return SystemFunction036(buffer, (ULONG)size);
}
C
  x86_64-w64-mingw32-gcc -shared -o "$system/bcryptprimitives.dll" "$source" -ladvapi32
  rm -f "$source"
fi

# ── Cargo ────────────────────────────────────────────────────────────────────────────────────────────────────────────

# RUSTC_BOOTSTRAP lets this compiler, which is a stable one, build its own library.
export PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$folder
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$PWD/tools/windows.sh
# Nobody debugs here: without what a debugger would want, linking takes a fraction of the time and the test programs of the room.
export CARGO_PROFILE_DEV_DEBUG=none CARGO_PROFILE_DEV_STRIP=symbols
# Wine is slow: fewer histories, and each step of the kills once, unless more are asked for.
export HEXIAO_HISTORIES=${HEXIAO_HISTORIES:-200} HEXIAO_KILLS=${HEXIAO_KILLS:-1}
verb=$1; shift
# Wine's own programs outlive ours, and are ended before their screen is.
xvfb-run -a -s '-screen 0 1280x800x24 -noreset' sh -c '"$@"; status=$?; wineserver -k; exit $status' sh \
  /usr/bin/cargo "$verb" --locked --target $target -Zbuild-std=std,panic_unwind,proc_macro,test "$@"
