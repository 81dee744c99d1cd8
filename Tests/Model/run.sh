#!/bin/sh
# Checks every interleaving of the protocol's model: 4 events, 1 worker, 2 finalizers, 2 crashes.
# The protocol must hold, and each broken variant must be caught. Needs spin and a C compiler
# (Debian: apt-get install spin gcc).
#
#   Tests/Model/run.sh [EVENTS]
#
# Measured with spin 6.5.2: see ModelTests.swift.
set -eu
model=$(cd "$(dirname "$0")" && pwd)/protocol.pml
events=${1:-4}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# 0 when the variant holds, 1 when an error was found; anything else is an error of this script.
check() {
  spin -DVARIANT="$1" -DEVENTS="$events" -a "$model" >spin.log 2>&1 || { cat spin.log; exit 2; }
  cc -O2 -DSAFETY -DVECTORSZ=512 -o pan pan.c 2>cc.log || { cat cc.log; exit 2; }
  ./pan -m100000 -w24 >"pan.$1" 2>&1 || true
  if grep -q "search depth too small\|out of memory" "pan.$1"; then cat "pan.$1"; exit 2; fi
  grep -q "errors: 0" "pan.$1" && return 0
  grep -q "assertion violated" "pan.$1" && return 1
  cat "pan.$1"; exit 2
}

failed=0
states() { sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "pan.$1" | head -1; }
if check 0; then
  echo "protocol: holds in all $(states 0) states"
else
  echo "protocol: BROKEN"; cat pan.0; failed=1
fi
for variant in 1 2 3 4; do
  if check "$variant"; then
    echo "variant $variant: NOT caught"; failed=1
  else
    echo "variant $variant: caught after $(states "$variant") states:" \
      "$(sed -n 's/^pan:[0-9]*: //p' "pan.$variant" | head -1)"
  fi
done
exit $failed
