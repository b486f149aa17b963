#!/bin/sh
# Has the till write off without end at a sandbox where everything goes wrong now and then: soak.sh [MINUTES], ten where none are given.
# Prints a table, and fails where the ledger differs from the sandbox's record, or memory or file handles grow.
set -eu
cd "$(dirname "$0")/.."

tools/setup.sh run
HEXIAO_SOAK_SECONDS=$((${1:-10} * 60)) exec cargo test --locked --test soak a_till_at_work -- --nocapture
