#!/bin/sh
# Breaks the protocol on purpose, one way at a time, in a copy of the tree, and expects the tests to
# go red each time. A test that stays green without the thing that it guards is worth nothing.
#
#   Tests/Mutations/run.sh                 all of them: 15 to 25 minutes on two cores
#   Tests/Mutations/run.sh NAME…           some of them
#   Tests/Mutations/run.sh --list          their names
#   Tests/Mutations/run.sh --check         whether each still changes its file; builds nothing
#
# A debug build's assertions notice most of them first. RUNDIGEST_ASSERTIONS=off builds without, so
# that the tests themselves have to.
#
# A mutation is a name, a file, a Perl substitution, and the tests that must notice. One that no
# longer applies is an error: the code has moved on, and so must this file. After `!` only an
# assertion notices: what was taken away is a second guard before another one.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${RUNDIGEST_MUTATION_FOLDER:-$(mktemp -d)}
export RUNDIGEST_SCHEDULES=${RUNDIGEST_SCHEDULES:-600}
export RUNDIGEST_KILLS=${RUNDIGEST_KILLS:-60}
export RUNDIGEST_POWER_CUTS=${RUNDIGEST_POWER_CUTS:-2000}
export SWIFT_BACKTRACE=enable=no

mutations() { # name | file | substitution | tests
  cat <<'END'
drop-compare-and-set|Sources/SQLiteEngine/Digests/SQLiteTransaction+Digests.swift|s/WHERE id = \? AND watermark = \? AND revision = \?/WHERE id = ? AND ? >= 0 AND ? >= 0/|ScheduleTests
less-than|Sources/SQLiteEngine/Digests/SQLiteTransaction+Digests.swift|s/WHERE id = \? AND watermark = \? AND revision = \?/WHERE id = ? AND watermark < ?1 AND ? >= 0 AND ? >= 0/|ScheduleTests
commit-on-miss|Sources/Digests/Fold/FoldWriter.swift|s/guard try tables.compareAndSet\(fold.row\) else \{ return false \}\n      hooks/_ = try tables.compareAndSet(fold.row)\n      hooks/|ScheduleTests
skip-seq-guard|Sources/Folding/RunFold.swift|s/guard event.seq == watermark \+ 1 else/guard event.seq > watermark else/|ScheduleTests
fold-outside-transaction|Sources/SQLiteEngine/Digests/SQLiteTransaction+Digests.swift|s/(writeRows\(_ changes: FoldChanges, of key: DigestKey\) throws \{\n)/$1    try connection.execute("COMMIT; BEGIN IMMEDIATE")\n/|ScheduleTests
fold-of-a-dead-generation|Sources/Digests/Fold/FoldWriter.swift|s/guard folds.allSatisfy\(\{ \$0.key.generation == live \}\) else/guard live.rawValue >= 0 else/|ScheduleTests
rebuild-of-a-removed-generation|Sources/Digests/Generations/Rebuilder.swift|s/guard try tables.isBeingBuilt\(generation\) else/guard generation.rawValue < 256 else/|ScheduleTests
rebuild-of-a-generation-removed-in-part|Sources/SQLiteEngine/Digests/SQLiteTransaction+Generations.swift|s/static let noFold: Int64 = 0/static let noFold: Int64 = -1/; s/run\(Self.noFold, generation\)/run(Digest.version, generation)/; s/internal import Storage/internal import Folding\ninternal import Storage/|ScheduleTests
rollups-added-twice|Sources/Digests/Rollups/Rollups.swift|s/in deltas.deltas \{ try add\(delta, to: key\) \}/in deltas.deltas { try add(delta, to: key); try add(delta, to: key) }/|ScheduleTests
state-of-another-fold|Sources/Digests/Fold/PreparedFold.swift|s/state: cached.fold.encodedState\(\)/state: RunFold().encodedState()/|ScheduleTests
turn-without-the-rest|Sources/Digests/Generations/Rebuilder.swift|s/(for run in try tables.laggingRuns\(in: generation, rows: nil\)) where failed/$1.prefix(0) where failed/|ScheduleTests
read-without-snapshot|Sources/Digests/Fold/FoldWorker+Slices.swift|s/engine.snapshot \{ tables in/engine.read { tables in/|BootTests!
head-moved-from-anywhere|Sources/SQLiteEngine/RunIndex/RunIndex.swift|s/WHERE run = \? AND head = \?/WHERE run = ? AND ? > 0/|RunIndexTests
positions-kept-beyond-a-rollback|Sources/SQLiteEngine/Log/HeadCache.swift|s/run.newest.rollBack\(to: newest\)/_ = newest/|LogIndexTests
full-block-not-taken-back|Sources/SQLiteEngine/Log/HeadCache.swift|s/        run.newest = block\n/        _ = (run, block)\n/|LogIndexTests
events-the-index-forgets|Sources/SQLiteEngine/Log/HeadCache.swift|s/guard run.head > head else/guard run.head > head, run.head % 7 != 0 else/|LogIndexTests
reader-not-woken|Sources/Storage/ReaderPool.swift|s/(come for it yet.\n    )state.signal\(\)/$1if state.withLock({ \$0.idle.count == 1 }) { state.signal() }/|ReaderPoolTests
store-made-without-a-sync|Sources/Storage/Writer.swift|s/synchronous = FULL/synchronous = NORMAL/|PowerLossTests
copy-of-a-wal-that-no-reader-holds|Sources/Storage/WALCopier.swift|s/try reader.execute\("BEGIN"\)//|WALResetTests
stale-heads|Sources/SQLiteEngine/Log/SQLiteWriter.swift|s/isForeign = version != dataVersion/isForeign = false/|ScheduleTests
seal-without-the-rest|Sources/Digests/Finalizing/Finalizer.swift|s/let all = FoldLimit\(events: .max/let all = FoldLimit(events: 1/|FinalizerTests
end-without-id|Sources/Digests/Finalizing/Finalizer.swift|s/== nil \? id : nil/== nil ? nil : nil/|FinalizerTests
end-stops-with-its-caller|Sources/RunDigest/Store/RunStore+End.swift|s/try await Task \{ try await finalizer.end\(run, end, durability: durability\) \}.value/try await finalizer.end(run, end, durability: durability)/|FinalizerTests
end-makes-a-run|Sources/Digests/Finalizing/Finalizer.swift|s/guard let row = try tables.run\(named: run.rawValue\)\?.row else/guard let row = try Optional(tables.runRow(named: run.rawValue)) else/|FinalizerTests
end-folds-from-the-start|Sources/Digests/Finalizing/Finalizer.swift|s/let cached = try tables.storedFold\(of: key\) \?\? CachedFold\(\)/let cached = CachedFold(at: try tables.revision(of: key))/|FinalizerTests
no-gate|Sources/Storage/WriteGate.swift|s/guard flock\(descriptor, LOCK_EX \| LOCK_NB\) == 0 else/guard flock(descriptor, LOCK_SH \| LOCK_NB) == 0 else/|WALResetTests
durable-without-sync|Sources/EventLog/Queue/WriteQueue.swift|s/try await walSync.sync\(\)\n    timer/timer/|PowerLossTests
nothing-written-nothing-synced|Sources/Digests/Finalizing/Finalizer.swift|s/if durability == .durable \{ try await queue.sync\(\) \}//|PowerLossTests
checkpoint-without-sync|Sources/Storage/Connection.swift|s/synchronous = NORMAL/synchronous = OFF/|PowerLossTests
synced-before-it-came|Sources/EventLog/Queue/WALSync.swift|s/(let result = Result\(catching: body\).mapError\(StoreError.translation\)\n)/$1      let waiting = waiting + state.withLock { \$0.waiting.takeAll() }\n/|WALSyncTests
sync-again-what-is-lost|Sources/Storage/WALFile.swift|s/if isSuspect \{ try writeAgain\(deadline: deadline\) \}//|WALFileTests
retry-with-every-append|Sources/Digests/Fold/FoldWorker.swift|s/if let stall = state.stalled\[run.row\], stall.retryAt > now \{ continue \}//|BootTests
no-sweep-at-open|Sources/Digests/Fold/FoldSchedule.swift|s/var sweepAt: UInt64 = 0/var sweepAt: UInt64 = .max/|BootTests
folded-though-others-wrote|Sources/Digests/Fold/FoldSchedule.swift|s/committed.isAfterForeignWrite \? committed.position : own.after/own.after/|BarrierTests
cancelled-before-it-came|Sources/Support/WaitList.swift|s/if Task.isCancelled \{ return .failure\(CancellationError\(\)\) \}//|WaitListTests
drain-without-a-look|Sources/Digests/Fold/FoldWorker+Thread.swift|s/if !isOutOfTime \{ sweep\(\) \}//|SweepTests
look-past-what-is-new|Sources/Digests/Fold/FoldWorker+Looking.swift|s/after: last.position\)/after: .max)/|SweepTests
tail-cut-and-forgotten|Sources/Digests/Fold/FoldWorker+Folding.swift|s/goOnLater\(with: written.slice.cut/_ = (written.slice.cut/|SweepTests
correction-of-a-later-event|Sources/Folding/RunFold+Corrections.swift|s/guard let usage, usage.seq < before else/guard let usage, usage.seq != before else/|CorrectionTests
failure-counted-twice|Sources/Folding/FoldChanges.swift|s/if !laterFailures.isEmpty \{ laterFailures\[turn.idx\] = nil \}//|CorrectionTests
excess-stays|Sources/Folding/RunFold+Time.swift|s/var excess = charged.spanMicros - duration/var excess = min(0, duration)/|FixtureTests
link-leaves-models-of-zeros|Sources/Digests/Rollups/FamilyLinks.swift|s/store\(sum.canonical, /store(sum, /|FamilyTraceTests
session-runs-by-number|Sources/SQLiteEngine/Reads/SQLiteReads+Lists.swift|s/runs: runs.sorted \{ \$0.run.firstOrdinal < \$1.run.firstOrdinal \}/runs: runs/|SessionRunsTests
equal-in-other-unicode-form|Sources/SQLiteEngine/Log/Appender.swift|s/!event.session.isExactly\(sessionName\)/event.session != sessionName/|OddLogTests
END
}

if [ "${1:-}" = --list ]; then mutations | cut -d'|' -f1; exit 0; fi
if [ "${1:-}" = --check ]; then
  stale=0
  mutations >"$work/mutations.txt"
  while IFS= read -r line; do
    name=${line%%|*}; rest=${line#*|}
    file=$root/${rest%%|*}; rest=${rest#*|}
    if [ ! -f "$file" ] || perl -0pe "${rest%|*}" "$file" | cmp -s - "$file"; then
      echo "$name: DOES NOT APPLY any more"; stale=$((stale + 1))
    fi
  done <"$work/mutations.txt"
  [ -n "${RUNDIGEST_MUTATION_FOLDER:-}" ] || rm -rf "$work"
  [ $stale -eq 0 ] && echo "all apply"
  exit $((stale > 0))
fi

mkdir -p "$work/.build"
(cd "$root" && git ls-files -z --cached --others --exclude-standard | tar -c --null -T - -f -) |
  tar -x -C "$work" -f -
for part in checkouts repositories workspace-state.json; do
  [ -e "$root/.build/$part" ] && cp -a "$root/.build/$part" "$work/.build/"
done
[ -e "$root/Package.resolved" ] && cp "$root/Package.resolved" "$work/"
cd "$work" || exit 2
echo "mutating a copy in $work"

flags=
[ "${RUNDIGEST_ASSERTIONS:-on}" = off ] && flags='-Xswiftc -assert-config -Xswiftc Release'

run() { # TESTS; the exit code of the tests, 99 when they cannot be built
  swift build --build-tests $flags >"$work/build.log" 2>&1 || return 99
  timeout -k 5 300 swift test --skip-build $flags --filter "$1" >"$work/test.log" 2>&1
}

everything='BarrierTests|SweepTests|WriteQueueTests|WALSyncTests|WALFileTests|ScheduleTests|FinalizerTests|WALResetTests|PowerLossTests|BootTests|OddLogTests'
if [ $# -eq 0 ]; then
  run "$everything" || { echo "NOT green before any mutation"; tail -40 "$work"/*.log; exit 2; }
  echo "green without a mutation"
fi

mutations >"$work/mutations.txt"
survivors=0
while IFS= read -r line; do
  name=${line%%|*}; rest=${line#*|}
  file=${rest%%|*}; rest=${rest#*|}
  tests=${rest##*|}; change=${rest%|*}
  if [ $# -gt 0 ]; then
    case " $* " in *" $name "*) ;; *) continue ;; esac
  fi
  case $tests in
  *!) [ -n "$flags" ] && continue; tests=${tests%!} ;;
  esac
  cp "$file" "$work/original"
  perl -0pi -e "$change" "$file"
  if cmp -s "$file" "$work/original"; then
    echo "$name: DOES NOT APPLY any more"; survivors=$((survivors + 1)); continue
  fi
  run "$tests" </dev/null
  code=$?
  if [ $code -eq 99 ]; then
    echo "$name: DOES NOT BUILD"; grep -m3 error: "$work/build.log"; survivors=$((survivors + 1))
  elif [ $code -eq 0 ]; then
    echo "$name: SURVIVED $tests"; survivors=$((survivors + 1))
  else
    first=$(grep -m1 -h 'Assertion failed: \|invariant [0-9]*: ' "$work/test.log" | cut -c1-150)
    [ -n "$first" ] || first=$(grep -A1 'recorded an issue' "$work/test.log" | grep -m1 '↳' | cut -c1-150)
    [ -n "$first" ] || first=$(grep -m1 'recorded an issue' "$work/test.log" | cut -c1-150)
    [ -n "$first" ] || first="the tests died with $code"
    echo "$name: caught: $first"
  fi
  cp "$work/original" "$file"
done <"$work/mutations.txt"
[ -n "${RUNDIGEST_MUTATION_FOLDER:-}" ] || rm -rf "$work"
[ $survivors -eq 0 ] && echo "all caught" || { echo "$survivors not caught"; exit 1; }
