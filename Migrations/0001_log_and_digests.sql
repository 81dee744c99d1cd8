-- The log, and everything that is derived from it.
--
-- The log (runs, sessions, events) is the truth: nothing in it changes but by retention and
-- redaction. All other tables of the fold are keyed by its version and can be built again.
-- Times are microseconds since 1970-01-01T00:00:00Z.

-- What the store knows about itself.
CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

INSERT INTO meta(key, value) VALUES ('checkpoints', 0);

-- A row is here only inside a maintenance transaction (retention, redaction), which deletes it
-- again before it commits: the triggers below let that transaction change the log, and no other.
CREATE TABLE maintenance(
  purpose TEXT NOT NULL
) STRICT;

-- One agent run. There is no head column: the head is the highest seq of its events, so that no
-- second number can disagree with the log. A run may be known, as the parent of another, before
-- it has events of its own.
CREATE TABLE runs(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  -- Events up to this seq were removed by retention.
  pruned_through INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One session, which may span several runs. It counts its own events: their ordinals have no index.
CREATE TABLE sessions(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  -- The ordinal of its last event.
  head INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The kinds of events that the log names by a number: a name may be most of a row that says little,
-- and its bytes decide how many rows fit into a page. The program has the same list in its sources;
-- this one is for the view `log`, and for whoever opens the store with another program.
CREATE TABLE kinds(
  code INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

INSERT INTO kinds(code, name) VALUES
  (0, 'text'), (1, 'tool_result'), (2, 'tool_call'), (3, 'tool_call_update'), (4, 'thought'),
  (5, 'usage'), (6, 'input'), (7, 'turn.start'), (8, 'turn.result'), (9, 'run.started'),
  (10, 'run.ended'), (11, 'run.resumed'), (12, 'verdict'), (13, 'permission.request'),
  (14, 'permission.decision'), (15, 'error'), (16, 'checkpoint'), (17, 'span'),
  (18, 'compaction'), (19, 'retry'), (20, 'rate_limit');

-- The log. Append-only; seq is dense per run, ordinal per session, pos in commit order.
-- An ordinary table, not WITHOUT ROWID: rows of 1 KB in an index tree would spill to overflow
-- pages. AUTOINCREMENT, so that retention never frees a pos for use again.
CREATE TABLE events(
  pos INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  session INTEGER,
  ordinal INTEGER,
  ts INTEGER NOT NULL,
  -- A code of the table kinds, or the name of a kind that is not among them.
  kind ANY NOT NULL,
  -- 0 agent, 1 user, 2 system
  producer INTEGER NOT NULL,
  event_id TEXT,
  traceparent TEXT,
  -- JSON, byte for byte as it came. Last, so that reading the other columns never touches it.
  payload TEXT NOT NULL,
  UNIQUE(run, seq)
) STRICT;

-- The idempotency key.
CREATE UNIQUE INDEX events_by_id ON events(run, event_id) WHERE event_id IS NOT NULL;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
WHEN NOT EXISTS (SELECT 1 FROM maintenance)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: an event cannot be changed');
END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM maintenance)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: an event cannot be deleted');
END;

-- The log for people: by names, not by numbers. Not used by the program.
CREATE VIEW log AS
SELECT e.pos, r.name AS run, e.seq, s.name AS session, e.ordinal,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.ts / 1e6, 'unixepoch') AS time,
  -- Not by a join on the number alone: the name of a foreign kind may look like one.
  CASE typeof(e.kind) WHEN 'integer' THEN (SELECT name FROM kinds WHERE code = e.kind)
    ELSE e.kind END AS kind,
  CASE e.producer WHEN 1 THEN 'user' WHEN 2 THEN 'system' ELSE 'agent' END AS producer,
  e.event_id, e.traceparent, e.payload
FROM events e JOIN runs r ON r.id = e.run LEFT JOIN sessions s ON s.id = e.session;

-- The sets of derived rows that are here. Readers use the live one; beside it another may be being
-- built, by a newer fold or to put right a damaged one.
CREATE TABLE fold_versions(
  -- The number in the keys of its rows.
  version INTEGER PRIMARY KEY CHECK (version BETWEEN 1 AND 255),
  -- The version of the fold that makes them.
  fold INTEGER NOT NULL,
  live INTEGER NOT NULL CHECK (live IN (0, 1)),
  -- When its first row was written.
  created_ts INTEGER,
  -- When readers were turned to it.
  live_since_ts INTEGER
) STRICT;

CREATE UNIQUE INDEX fold_versions_live ON fold_versions(live) WHERE live = 1;

INSERT INTO fold_versions(version, fold, live) VALUES (1, 1, 1);

-- One row per run and version of the fold: the digest, and the state to go on folding from.
-- Keyed by one number made of both, so that a read is one descent of one tree.
CREATE TABLE digests(
  id INTEGER PRIMARY KEY CHECK (id = run * 256 + version),
  run INTEGER NOT NULL,
  version INTEGER NOT NULL CHECK (version BETWEEN 1 AND 255),
  -- The seq of the last folded event.
  watermark INTEGER NOT NULL,
  sealed INTEGER NOT NULL DEFAULT 0 CHECK (sealed IN (0, 1)),
  -- One more with each write.
  revision INTEGER NOT NULL DEFAULT 0,
  -- Whether the family's sum says more than the digest: the run has, or had, helpers, or more models
  -- than a digest names.
  has_family INTEGER NOT NULL DEFAULT 0,
  -- For lists of runs, without opening the body.
  session TEXT,
  first_ts INTEGER,
  last_ts INTEGER,
  status TEXT,
  body BLOB,
  state BLOB,
  UNIQUE(run, version)
) STRICT;

-- The rows below hang on a digest: `digest` is digests.id, so a version's rows go with it.

-- The turns of a run.
CREATE TABLE turns(
  digest INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  turn_id TEXT,
  synthetic INTEGER NOT NULL,
  session TEXT,
  start_seq INTEGER NOT NULL,
  end_seq INTEGER,
  start_ordinal INTEGER,
  end_ordinal INTEGER,
  start_ts INTEGER NOT NULL,
  end_ts INTEGER,
  ttft_us INTEGER,
  status TEXT,
  stop_reason TEXT,
  input INTEGER NOT NULL DEFAULT 0,
  output INTEGER NOT NULL DEFAULT 0,
  cache_read INTEGER NOT NULL DEFAULT 0,
  cache_write INTEGER NOT NULL DEFAULT 0,
  -- Reported cost in 1e-9 USD; null when nothing reported one.
  cost_nano INTEGER,
  tool_calls INTEGER NOT NULL DEFAULT 0,
  tool_failed INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  issues INTEGER NOT NULL DEFAULT 0,
  prompt INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(digest, idx)
) STRICT, WITHOUT ROWID;

-- The tool calls of a run: the index that results are paired by, and for "slowest calls".
CREATE TABLE calls(
  digest INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  call_id TEXT NOT NULL,
  ordinal INTEGER,
  name TEXT NOT NULL,
  turn INTEGER,
  start_ts INTEGER NOT NULL,
  end_ts INTEGER,
  -- 0 open, 1 ok, 2 failed, 3 denied, 4 cancelled, 5 missing
  status INTEGER NOT NULL,
  -- A deny is known of it, whatever its status.
  denied INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(digest, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX calls_by_id ON calls(digest, call_id);
CREATE INDEX calls_open ON calls(digest, turn) WHERE status = 0;

-- The permission requests of a run that have an id.
CREATE TABLE permissions(
  digest INTEGER NOT NULL,
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  ordinal INTEGER,
  ts INTEGER NOT NULL,
  name TEXT,
  turn INTEGER,
  open INTEGER NOT NULL,
  denied INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(digest, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX permissions_open ON permissions(digest) WHERE open = 1;

-- The errors and issues of a run, in the order in which they were found.
CREATE TABLE findings(
  digest INTEGER NOT NULL,
  n INTEGER NOT NULL,
  type TEXT NOT NULL,
  class TEXT NOT NULL,
  severity TEXT NOT NULL,
  seq INTEGER NOT NULL,
  ordinal INTEGER,
  ts INTEGER NOT NULL,
  label TEXT,
  turn INTEGER,
  PRIMARY KEY(digest, n)
) STRICT, WITHOUT ROWID;

-- The events of a run that could not be folded as they stand.
CREATE TABLE quarantine(
  digest INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY(digest, seq)
) STRICT, WITHOUT ROWID;

-- The first parent that each run named, in log order; not accepted when it would close a ring.
CREATE TABLE links(
  version INTEGER NOT NULL,
  child INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  PRIMARY KEY(version, child)
) STRICT, WITHOUT ROWID;

CREATE INDEX links_by_parent ON links(version, parent);

-- Sums over runs. `dimension` is 0 where there is none (sessions, families).
-- A window of `stats` reads one dimension over a range of buckets: one range of this key. A
-- session or a family is all the rows of one id: the same key, one short range.
CREATE TABLE sums(
  version INTEGER NOT NULL,
  -- 1 session, 2 family, 3 rollup
  scope INTEGER NOT NULL,
  dimension INTEGER NOT NULL,
  -- sessions.id, runs.id of the family's root, or the bucket's start in units of 15 minutes
  id INTEGER NOT NULL,
  key TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY(version, scope, dimension, id, key)
) STRICT, WITHOUT ROWID;

-- Runs whose fold fails, so that one of them does not stop the others, and says why.
CREATE TABLE stalled(
  run INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- The event that the fold fails at.
  seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY(run, version)
) STRICT, WITHOUT ROWID;

-- How far each imported file was read; a file that was replaced or cut starts a new generation.
CREATE TABLE import_sources(
  path TEXT PRIMARY KEY,
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  -- Of the bytes before the offset, to tell an appended file from a rewritten one.
  prefix_hash BLOB,
  generation INTEGER NOT NULL DEFAULT 1,
  -- What the importer has to remember between two lines.
  state BLOB
) STRICT;

-- Lines of imported logs, and events in them, that could not be read or were refused: what was not
-- read is not lost with the log. Written with the cursor that moves past them.
CREATE TABLE quarantined_lines(
  -- As in import_sources; '-' is standard input.
  path TEXT NOT NULL,
  line INTEGER NOT NULL,
  -- Of the line and the reason: a line that is read again is known by it. 0: the file itself is
  -- damaged there.
  hash INTEGER NOT NULL,
  -- How long the line is.
  size INTEGER NOT NULL,
  reason TEXT NOT NULL,
  -- How the line begins.
  beginning BLOB NOT NULL,
  UNIQUE(path, line, hash)
) STRICT;

-- Model responses that were billed, and in which run: a resumed session's log repeats the old
-- ones, and they are paid for once.
CREATE TABLE billed(
  message_id TEXT PRIMARY KEY,
  run INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
