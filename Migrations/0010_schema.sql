-- The schema of a store: the event log, and everything that is derived from it.
--
-- The event log (runs, sessions, events and their index) is the truth: nothing in it changes except by
-- retention and redaction. The tables of a generation are derived from it and can be built again.
-- Times are microseconds since 1970-01-01T00:00:00Z.
--
-- A schema has the number of its file, which is the file's PRAGMA user_version. The numbers below 10 are
-- of programs before the first release; their stores are refused. From version 1.0.0 on this file does
-- not change: a change is another file with the next number, and a program applies all that a store lacks.

-- What the store knows about itself: `checkpoints`, how many WAL checkpoints there were;
-- `last_generation`, the last number given to a generation.
CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

INSERT INTO meta(key, value) VALUES ('checkpoints', 0);

-- A row is here only inside a maintenance transaction (retention, redaction), which deletes it again
-- before it commits: the triggers of `events` let that transaction change the log, and no other.
CREATE TABLE maintenance(
  purpose TEXT NOT NULL
) STRICT;

-- The event log.

-- One agent run. A run may be known, as the parent of another, before it has events of its own.
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

-- The kinds of events that `events.kind` names by a number: a name can be most of a small row, and its
-- bytes decide how many rows fit into a page. The program has the same list in its sources; this one is
-- for the views, and for other programs.
CREATE TABLE kinds(
  code INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

INSERT INTO kinds(code, name) VALUES
  (0, 'text'), (1, 'tool_result'), (2, 'tool_call'), (3, 'tool_call_update'), (4, 'thought'),
  (5, 'usage'), (6, 'input'), (7, 'turn.start'), (8, 'turn.result'), (9, 'run.started'),
  (10, 'run.ended'), (11, 'run.resumed'), (12, 'verdict'), (13, 'permission.request'),
  (14, 'permission.decision'), (15, 'error'), (16, 'checkpoint'), (17, 'span'),
  (18, 'compaction'), (19, 'retry'), (20, 'rate_limit'), (21, 'agent.cost'), (22, 'run.tag'),
  (23, 'run.note'), (24, 'run.score');

-- The events. Append-only; seq is dense per run, ordinal per session, pos in commit order.
--
-- An ordinary table, not WITHOUT ROWID: rows of 1 KB in an index tree would spill to overflow pages.
-- AUTOINCREMENT, so that retention never frees a pos for use again.
--
-- No UNIQUE(run, seq): the program's own index by run (run_heads, run_positions) costs an append less
-- than half of SQLite's. Its price: SQLite does not enforce that (run, seq) is unique. The compare-and-set
-- on run_heads does, and `digest-ctl doctor` and `verify` check it.
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
  payload TEXT NOT NULL
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

-- The index of the events by run and seq: for each run the positions of its events in the order of their
-- seq, in blocks of 32. A block is its first position and then the gaps, each number in as few bytes as
-- it needs: seven bits in a byte, the lowest first, and the highest bit of a byte says that its number
-- goes on.

-- The head of each run and its last block: the only row of the index that an append changes.
CREATE TABLE run_heads(
  run INTEGER PRIMARY KEY,
  -- The seq of its last event.
  head INTEGER NOT NULL CHECK (head > 0),
  -- The last block of its positions, never empty.
  positions BLOB NOT NULL,
  -- The checksum of the block's events: of all that stands in their rows, with the names of run and
  -- session. `digest-ctl verify`, `doctor --deep` and `export` compute it again.
  hash INTEGER NOT NULL
) STRICT;

-- The full blocks of a run's positions.
CREATE TABLE run_positions(
  run INTEGER NOT NULL,
  -- The seq of the last event of the block.
  last_seq INTEGER NOT NULL,
  positions BLOB NOT NULL,
  -- The checksum of the block's events.
  hash INTEGER NOT NULL,
  PRIMARY KEY(run, last_seq)
) STRICT, WITHOUT ROWID;

-- The generations.

-- A generation is a complete set of derived rows. Readers use the live one; another can be built beside
-- it, by a newer fold or because the live one is damaged.
CREATE TABLE generations(
  -- The number in the keys of its rows.
  generation INTEGER PRIMARY KEY CHECK (generation BETWEEN 1 AND 255),
  -- The version of the fold that makes its rows; 0 while the generation is being deleted.
  fold_version INTEGER NOT NULL,
  live INTEGER NOT NULL CHECK (live IN (0, 1)),
  -- When its building began; null for the first one.
  created_ts INTEGER,
  -- When readers were turned to it; null for the first one.
  live_since_ts INTEGER
) STRICT;

CREATE UNIQUE INDEX generations_live ON generations(live) WHERE live = 1;

INSERT INTO generations(generation, fold_version, live) VALUES (1, 2, 1);

-- One row per run and generation: the digest, and the state to go on folding from.
-- Keyed by one number made of both, so that a read is one descent of one tree.
CREATE TABLE digests(
  id INTEGER PRIMARY KEY CHECK (id = run * 256 + generation),
  run INTEGER NOT NULL,
  generation INTEGER NOT NULL CHECK (generation BETWEEN 1 AND 255),
  -- The seq of the last folded event.
  watermark INTEGER NOT NULL,
  sealed INTEGER NOT NULL DEFAULT 0 CHECK (sealed IN (0, 1)),
  -- One more with each write.
  revision INTEGER NOT NULL DEFAULT 0,
  -- Whether the family's rollup says more than the digest: the run has, or had, helpers, or more models
  -- than a digest names.
  has_family INTEGER NOT NULL DEFAULT 0,
  -- For lists of runs, without opening the body.
  session TEXT,
  first_ts INTEGER,
  last_ts INTEGER,
  status TEXT,
  body BLOB,
  state BLOB,
  UNIQUE(run, generation)
) STRICT;

-- The texts that many runs share: agents, models, projects … One number for each, so that a row of
-- run_list stays narrow. Never changed, never deleted.
CREATE TABLE labels(
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- The sets of models that runs used, their names with a line feed between two: few, of many runs.
CREATE TABLE model_sets(
  id INTEGER PRIMARY KEY,
  names TEXT NOT NULL UNIQUE
) STRICT;

-- What lists of runs sort and filter by: one narrow row beside each digest, written with it. A list reads
-- this table and opens the digests of its page alone.
CREATE TABLE run_list(
  -- digests.id.
  id INTEGER PRIMARY KEY,
  generation INTEGER NOT NULL,
  sealed INTEGER NOT NULL,
  first_ts INTEGER,
  last_ts INTEGER,
  -- From the first event to the last, in microseconds.
  span INTEGER NOT NULL,
  -- Errors and issues.
  errors INTEGER NOT NULL,
  -- All tokens, those of sub-agents included.
  tokens INTEGER NOT NULL,
  -- Reported cost in 1e-9 USD; null if no event reported one.
  cost_nano INTEGER,
  -- Tokens and searches by what their classes cost relative to each other with most models. Times the
  -- highest price of the run's models it bounds what the run can have cost.
  weight INTEGER NOT NULL,
  -- sessions.id of the session that the run was in last.
  session INTEGER,
  -- model_sets.id of the models that it used, or else of the one that it was started with.
  models INTEGER,
  -- The next are labels.id.
  status INTEGER NOT NULL,
  agent INTEGER,
  agent_type INTEGER,
  -- The model that the run was started with.
  model INTEGER,
  -- The tags, with a line feed between two.
  tags INTEGER,
  project INTEGER,
  repository INTEGER,
  branch INTEGER,
  host INTEGER,
  team INTEGER,
  -- What the run used by model, in the program's compact form; null if it used none.
  usage BLOB
) STRICT;

-- One index for each order of a list. The number of events is in run_heads, the name in runs.
CREATE INDEX run_list_by_last ON run_list(generation, last_ts DESC);
CREATE INDEX run_list_by_first ON run_list(generation, first_ts DESC);
CREATE INDEX run_list_by_span ON run_list(generation, span DESC);
CREATE INDEX run_list_by_errors ON run_list(generation, errors DESC);
CREATE INDEX run_list_by_tokens ON run_list(generation, tokens DESC);
CREATE INDEX run_list_by_cost ON run_list(generation, cost_nano DESC);
CREATE INDEX run_list_by_weight ON run_list(generation, weight DESC);
-- The runs that have not ended, by their session.
CREATE INDEX run_list_open ON run_list(generation, session) WHERE sealed = 0;

-- The rows of the next five tables belong to a digest: `digest` is digests.id.

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
  -- Reported cost in 1e-9 USD; null if no event reported one.
  cost_nano INTEGER,
  tool_calls INTEGER NOT NULL DEFAULT 0,
  tool_failed INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  issues INTEGER NOT NULL DEFAULT 0,
  prompt INTEGER NOT NULL DEFAULT 0,
  -- How long the agent worked by its own measure; null if its result does not say so.
  own_ms INTEGER,
  -- What the turn used by model, in the program's compact form; null if it used none.
  models BLOB,
  PRIMARY KEY(digest, idx)
) STRICT, WITHOUT ROWID;

-- The tool calls of a run: results are paired with them by call_id.
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
  -- 1 if a permission request of this call was denied, whatever its status.
  denied INTEGER NOT NULL DEFAULT 0,
  -- How long the call took by the agent's own measure; null if its result does not say so.
  own_ms INTEGER,
  -- 1 if it returned while its work goes on: a later result decides how it ended.
  running INTEGER NOT NULL DEFAULT 0,
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

-- The first parent that each run named, and at which position; not accepted if it would close a cycle.
CREATE TABLE family_links(
  generation INTEGER NOT NULL,
  child INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  PRIMARY KEY(generation, child)
) STRICT, WITHOUT ROWID;

CREATE INDEX family_links_by_parent ON family_links(generation, parent);

-- Sums over runs. A window of `stats` reads one dimension over a range of buckets: one range of the key.
-- A session or a family is all the rows of one id: the same key, one short range.
CREATE TABLE rollups(
  generation INTEGER NOT NULL,
  -- 1 session, 2 family; of buckets: 3 of 15 minutes, 4 a day in UTC, 5 a month in UTC
  scope INTEGER NOT NULL,
  -- Of buckets: 1 total, 2 agent, 3 project, 4 host, 5 model, 6 tool, 7 outcome. 0 for the others.
  dimension INTEGER NOT NULL,
  -- sessions.id; runs.id of the family's root; or the bucket's number since 1970-01-01T00:00:00Z.
  id INTEGER NOT NULL,
  -- The value of the dimension: the model, the tool, the agent …; 'total', or '' without a dimension.
  key TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY(generation, scope, dimension, id, key)
) STRICT, WITHOUT ROWID;

-- The runs of each session.
CREATE TABLE session_runs(
  generation INTEGER NOT NULL,
  session INTEGER NOT NULL,
  run INTEGER NOT NULL,
  -- The ordinal of the run's first event in the session: it gives the runs their order.
  first_ordinal INTEGER NOT NULL,
  -- The least and the greatest time of the run's events in the session; null if none of them counts
  -- for the run's time.
  first_ts INTEGER,
  last_ts INTEGER,
  PRIMARY KEY(generation, session, run)
) STRICT, WITHOUT ROWID;

-- Runs whose fold fails, so that one of them does not stop the others, and why.
CREATE TABLE stalled_runs(
  run INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  -- The event at which the fold fails.
  seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY(run, generation)
) STRICT, WITHOUT ROWID;

-- Which digests of the live generation changed last. A follower reads from its `change` on and misses no
-- run, whichever process folded or rebuilt it.
--
-- One row per run, moved to the end by each change: the table is as long as there are runs, and a slow
-- follower sees the last change of each run and not all of them.
CREATE TABLE digest_changes(
  change INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL UNIQUE
) STRICT;

-- Triggers, so that no statement that writes a digest can forget it. Delete and insert, not REPLACE: the
-- statement that fires a trigger would decide about the conflict.
CREATE TRIGGER digest_was_made AFTER INSERT ON digests
WHEN new.generation = (SELECT generation FROM generations WHERE live = 1)
BEGIN
  DELETE FROM digest_changes WHERE run = new.run;
  INSERT INTO digest_changes(run) VALUES (new.run);
END;

CREATE TRIGGER digest_was_changed AFTER UPDATE OF revision ON digests
WHEN new.generation = (SELECT generation FROM generations WHERE live = 1)
BEGIN
  DELETE FROM digest_changes WHERE run = new.run;
  INSERT INTO digest_changes(run) VALUES (new.run);
END;

-- Another generation went live: each of its digests may be new.
CREATE TRIGGER digests_went_live AFTER UPDATE OF live ON generations
WHEN new.live = 1 AND old.live = 0
BEGIN
  DELETE FROM digest_changes;
  INSERT INTO digest_changes(run)
  SELECT run FROM digests WHERE generation = new.generation ORDER BY run;
END;

-- Imports.

-- How far each file or database was read.
CREATE TABLE import_sources(
  path TEXT PRIMARY KEY,
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  -- Of the bytes before the offset, to tell an appended file from a rewritten one.
  prefix_hash BLOB,
  -- How often the source was read from its beginning: one more when it was replaced or cut.
  incarnation INTEGER NOT NULL DEFAULT 1,
  -- What the importer has to remember between two lines.
  state BLOB
) STRICT;

-- Lines of imported logs, and events in them, that could not be read or were refused: what was not read
-- is not lost with the log. Written with the cursor that moves past them.
CREATE TABLE quarantined_lines(
  -- As in import_sources; '-' is standard input.
  path TEXT NOT NULL,
  line INTEGER NOT NULL,
  -- Of the line and the reason: a line that is read again is recognised by it. 0: the file itself is
  -- damaged there.
  hash INTEGER NOT NULL,
  -- The length of the line in bytes.
  size INTEGER NOT NULL,
  reason TEXT NOT NULL,
  -- How the line begins.
  beginning BLOB NOT NULL,
  UNIQUE(path, line, hash)
) STRICT;

-- What the sources of an import know of each other: which run was billed for a model response and with
-- which counts, how far the cumulative counter of a thread has come, which run has the history that
-- another log repeats. Written in the transaction that stores the events that it is about.
CREATE TABLE import_facts(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Views for people and other programs, by names instead of numbers. The program reads neither.

-- All events in commit order. A query for one run scans the table: use run_log for that.
CREATE VIEW log AS
SELECT e.pos, r.name AS run, e.seq, s.name AS session, e.ordinal,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.ts / 1e6, 'unixepoch') AS time,
  -- Not by a join on the number alone: the name of a foreign kind may look like one.
  CASE typeof(e.kind) WHEN 'integer' THEN (SELECT name FROM kinds WHERE code = e.kind)
    ELSE e.kind END AS kind,
  CASE e.producer WHEN 1 THEN 'user' WHEN 2 THEN 'system' ELSE 'agent' END AS producer,
  e.event_id, e.traceparent, e.payload
FROM events e JOIN runs r ON r.id = e.run LEFT JOIN sessions s ON s.id = e.session;

-- The columns of `log` for one run, by the index: SELECT … FROM run_log WHERE run = 'x' ORDER BY seq.
--
-- Each block is decoded into a JSON array of positions, by a walk over its bytes, and each position is
-- one look-up of an event. For most of the runs at once `log` is faster.
CREATE VIEW run_log AS
WITH blocks(run, bytes) AS (
  SELECT run, positions FROM run_positions UNION ALL SELECT run, positions FROM run_heads
)
SELECT l.pos, r.name AS run, l.seq, l.session, l.ordinal, l.time, l.kind, l.producer, l.event_id,
  l.traceparent, l.payload
FROM runs r
CROSS JOIN blocks b ON b.run = r.id
CROSS JOIN json_each((
  -- byte is the one at i; gap is made of those before it, of which shift bits; pos is the sum of gaps.
  WITH RECURSIVE walk(i, byte, shift, gap, pos) AS (
    VALUES (0, 0, 0, 0, 0)
    UNION ALL
    SELECT i + 1,
      -- Two hexadecimal digits, of which 0 is not found.
      instr('123456789ABCDEF', substr(hex(b.bytes), 2 * i + 1, 1)) << 4
        | instr('123456789ABCDEF', substr(hex(b.bytes), 2 * i + 2, 1)),
      iif(byte < 128, 0, shift + 7),
      iif(byte < 128, 0, gap | ((byte & 127) << shift)),
      iif(byte < 128, pos + (gap | (byte << shift)), pos)
    FROM walk WHERE i <= length(b.bytes)
  )
  SELECT '[' || group_concat(pos) || ']' FROM walk WHERE shift = 0 AND i > 1
)) p
CROSS JOIN log l ON l.pos = p.value;
