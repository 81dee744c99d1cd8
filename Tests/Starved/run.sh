#!/bin/sh
# Runs the tests while their process is stopped at random, as on a machine that others have most of: a
# test that takes for granted how soon a thread gets its turn goes red.
#
#   Tests/Starved/run.sh [PAUSE [RUN]] [-- OPTION…]
#
# It runs for about RUN seconds at a time (4) and is stopped for up to PAUSE (5). Options go to the
# tests, such as --filter FollowTests.
set -u
cd "$(dirname "$0")/../.." || exit 2
pause=5 run=4
case ${1:---} in --) ;; *) pause=$1; shift ;; esac
case ${1:---} in --) ;; *) run=$1; shift ;; esac
[ $# -gt 0 ] && shift
swift build --build-tests || exit 2
bundle=$(swift build --show-bin-path)/RunDigestPackageTests.xctest
"$bundle" --testing-library swift-testing "$@" &
tests=$!
trap 'kill -KILL $tests 2> /dev/null' INT TERM
awk -v seed=$$ -v pause="$pause" -v run="$run" 'BEGIN {
  srand(seed)
  while (1) printf "%.2f %.2f\n", -run * log(1 - rand()), 0.05 + pause * rand()
}' | while read -r on off; do
  sleep "$on"
  kill -STOP $tests 2> /dev/null || break
  sleep "$off"
  kill -CONT $tests 2> /dev/null || break
done &
wait $tests
