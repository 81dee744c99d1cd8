/* The protocol of the store, over one run: an appender, one worker, two finalizers, two crashes.
 *
 * What the tables hold is global and survives a crash; what a process holds is local and does not.
 * A write transaction is one atomic block, because SQLite lets one writer in at a time. Between a
 * process's snapshot (what it read and folded) and its transaction anything may happen.
 *
 *   VARIANT 0  the digest row is written by compare-and-set on its watermark          correct
 *   VARIANT 1  it is written blindly: folds a tail twice, or loses one                must fail
 *   VARIANT 2  the comparison is `<=` on the watermark instead of equality            must fail
 *   VARIANT 3  a miss is committed: derived rows are written all the same             must fail
 *   VARIANT 4  the terminal event and the seal are two transactions, and the seal
 *              does not fold what was appended between them                           must fail
 *
 * rows is what the derived tables add up to: every event is to be in them exactly once.
 */
#ifndef VARIANT
#define VARIANT 0
#endif
#ifndef EVENTS
#define EVENTS 4
#endif
#define FINALIZERS 2
#define CRASHES 2

byte head = 0;          /* the last seq in the log */
byte watermark = 0;     /* of the digest row */
byte rows = 0;          /* events in the derived rows */
byte ends = 0;          /* run.ended events in the log: unique by their id */
byte sealedAt = 0;      /* the seq that sealed the digest, 0 before */
bool sealed = false;
byte crashes = 0;
byte answered = 0;      /* finalizers that returned */

inline check() {
  assert(rows == watermark);                /* nothing folded twice or skipped */
  assert(watermark <= head);
  assert(ends <= 1);                        /* one terminal event */
  assert(!sealed || ends == 1);             /* the seal and its event are there together */
  assert(!sealed || watermark >= sealedAt)
}

/* One transaction that writes the batch (from, to], folded in memory from a snapshot. */
inline writeFold(from, to) {
  if
  :: VARIANT == 0 && watermark == from -> watermark = to; rows = rows + (to - from)
  :: VARIANT == 0 && watermark != from -> skip
  :: VARIANT == 1 -> watermark = to; rows = rows + (to - from)
  :: VARIANT == 2 && from <= watermark -> watermark = to; rows = rows + (to - from)
  :: VARIANT == 2 && from > watermark -> skip
  :: VARIANT == 3 ->
    if
    :: watermark == from -> watermark = to
    :: else -> skip
    fi;
    rows = rows + (to - from)
  :: VARIANT == 4 && watermark == from -> watermark = to; rows = rows + (to - from)
  :: VARIANT == 4 && watermark != from -> skip
  fi;
  check()
}

/* Appends go on after the end too: late events are stored and folded. */
active proctype appender() {
  do
  :: atomic { head < EVENTS + ends -> head++ }
  :: head >= EVENTS + ends -> break
  od
}

/* It goes on for as long as there is something to fold. */
active proctype worker() {
  byte from, to;
end:
  do
  :: atomic { head > watermark -> from = watermark; to = head };
    /* It may fold less than there is: batches are bounded. */
    if
    :: to > from + 1 -> to = from + 1
    :: skip
    fi;
    if
    :: atomic { crashes < CRASHES -> crashes++ }   /* what it held is gone */
    :: atomic { writeFold(from, to) }
    fi;
    atomic { from = 0; to = 0 }
  od
}

active [FINALIZERS] proctype finalizer() {
  byte from, to;
again: skip;
  /* 1. Sealed up to the head already: the stored outcome, and no write. */
  if
  :: atomic { sealed && watermark == head -> skip } -> goto answer
  :: else -> skip
  fi;
  /* 2. A bounded batch by the same compare-and-set. */
  atomic { from = watermark; to = head };
  if
  :: to > from + 1 ->
    to = from + 1;
    if
    :: atomic { crashes < CRASHES -> crashes++ } -> goto again
    :: atomic { writeFold(from, to) }
    fi
  :: else -> skip
  fi;
  if
  :: atomic { crashes < CRASHES -> crashes++ } -> goto again
  :: skip
  fi;
  /* 3. One transaction: fold the rest, the terminal event, the seal. */
#if VARIANT == 4
  atomic {
    if
    :: ends == 0 -> head++; ends++
    :: else -> skip
    fi
  };
  if
  :: atomic { crashes < CRASHES -> crashes++ } -> goto again
  :: atomic { sealed = true; sealedAt = head; check() }
  fi;
#else
  atomic {
    from = watermark;
    if
    :: !sealed -> head++; ends++; sealed = true; sealedAt = head
    :: else -> skip
    fi;
    rows = rows + (head - from);
    watermark = head;
    check()
  };
#endif
answer: skip;
  /* What the caller was told must be so, for ever. */
  atomic {
    assert(sealed && ends == 1 && watermark >= sealedAt);
    answered++;
    from = 0;
    to = 0
  }
}
