#!/usr/bin/env bash
# Fuzzes all targets, or one: fuzz.sh [TARGET [EXECUTIONS]], ten million executions where none are given. What they are: src/fuzzing.rs.
#
# Needs cargo-fuzz (cargo install cargo-fuzz --locked), a C++ compiler, and a nightly toolchain; without one, the present toolchain is
# told to take nightly's options (RUSTC_BOOTSTRAP=1). The first build takes as long as that of the program, each sanitizer its own.
#
# What the fuzzer learns stays in fuzz/target/corpus; `fuzz.sh --keep TARGET` puts the few inputs that reach most of it into fuzz/corpus,
# beside the findings, which are kept by name (finding_*). A finding lies in fuzz/artifacts: mend what it shows, then keep it so.
set -euo pipefail
cd "$(dirname "$0")/.."

# Decoders with `unsafe` in them run under the address sanitizer. Nothing else does: it is safe Rust, and goes three times as fast.
sanitizer() { case $1 in mjpeg | pictures) echo address ;; *) echo none ;; esac; }
# Longest input in bytes: as short as lets the target be reached in full, for speed.
longest() {
  case $1 in
    codes) echo 160 ;; csv | requests) echo 256 ;; desk) echo 192 ;; decks | releases | set_ups | settings) echo 400 ;;
    replies) echo 512 ;; frames | mjpeg | pictures | readings | streams) echo 1024 ;; *) echo "no such target: $1" >&2; return 1 ;;
  esac
}
cargo=(cargo +nightly)
"${cargo[@]}" --version >/dev/null 2>&1 || { cargo=(cargo); export RUSTC_BOOTSTRAP=1; }
"${cargo[@]}" fuzz --version >/dev/null 2>&1 || { echo 'cargo-fuzz is missing: cargo install cargo-fuzz --locked' >&2; exit 1; }

# run TARGET FOLDERS… -- OPTIONS…
run() {
  local target=$1 kind built=fuzz/target; shift
  kind=$(sanitizer "$target")
  [ "$kind" = none ] || built+=/$kind
  "${cargo[@]}" fuzz run --sanitizer "$kind" --target-dir "$built" "$target" "$@"
}

# keep TARGET: of the fewest inputs that reach every edge, whatever their counts, the longest, which reach most. Those with names of ours
# (all but the fuzzer's, which are hashes) stay.
keep() {
  local work=fuzz/target/corpus/$1 kept=fuzz/corpus/$1 covering most=40
  covering=$(mktemp -d)
  run "$1" "$covering" "$kept" "$work" -- -set_cover_merge=1 -use_counters=0 -max_len="$(longest "$1")"
  find "$kept" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
  ls -S "$covering" | head -n "$most" | while read -r input; do mv "$covering/$input" "$kept"; done
  rm -r "$covering"
}

fuzz() {
  local target=$1 executions=$2 options work=fuzz/target/corpus/$1
  mkdir -p "$work"
  options=(-runs="$executions" -max_len="$(longest "$target")" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1)
  [ ! -e "fuzz/dictionaries/$target" ] || options+=(-dict="fuzz/dictionaries/$target")
  run "$target" "$work" "fuzz/corpus/$target" -- "${options[@]}"
}

if [ "${1:-}" = --keep ]; then keep "${2:?which target}"; exit; fi
if [ $# -gt 0 ]; then targets=("$1"); else mapfile -t targets < <(ls fuzz/corpus); fi
for target in "${targets[@]}"; do
  longest "$target" >/dev/null
  fuzz "$target" "${2:-10000000}"
done
