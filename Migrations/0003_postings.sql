-- An index of the log that is made for appending: lists of positions, in blocks, in place of an entry
-- for each event. The program fills it from the events that are here (Postings.make).

-- Where the next event of each run goes. The only row of the index that an append has to change.
CREATE TABLE heads(
  run INTEGER PRIMARY KEY,
  -- The seq of its last event.
  head INTEGER NOT NULL CHECK (head > 0),
  -- The positions of its newest events: the first one and then the gaps, in variable byte code.
  positions BLOB NOT NULL
) STRICT;

-- The positions of its older events, 32 to a row.
CREATE TABLE postings(
  run INTEGER NOT NULL,
  -- The seq of the last event of the block.
  last_seq INTEGER NOT NULL,
  positions BLOB NOT NULL,
  PRIMARY KEY(run, last_seq)
) STRICT, WITHOUT ROWID;

-- The log without its index by run and seq, which only a new table can be rid of. The view is made
-- again because a table cannot be renamed while it refers to one that is gone.
DROP VIEW log;

CREATE TABLE events_without_index(
  pos INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL,
  -- Unique in its run: see heads, whose row is moved by compare-and-set.
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

-- A pos that retention freed is not used again.
INSERT INTO sqlite_sequence(name, seq)
SELECT 'events_without_index', seq FROM sqlite_sequence WHERE name = 'events';

INSERT INTO events_without_index(pos, run, seq, session, ordinal, ts, kind, producer, event_id,
  traceparent, payload)
SELECT pos, run, seq, session, ordinal, ts, kind, producer, event_id, traceparent, payload
FROM events ORDER BY pos;

DROP TABLE events;
ALTER TABLE events_without_index RENAME TO events;

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

CREATE VIEW log AS
SELECT e.pos, r.name AS run, e.seq, s.name AS session, e.ordinal,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.ts / 1e6, 'unixepoch') AS time,
  -- Not by a join on the number alone: the name of a foreign kind may look like one.
  CASE typeof(e.kind) WHEN 'integer' THEN (SELECT name FROM kinds WHERE code = e.kind)
    ELSE e.kind END AS kind,
  CASE e.producer WHEN 1 THEN 'user' WHEN 2 THEN 'system' ELSE 'agent' END AS producer,
  e.event_id, e.traceparent, e.payload
FROM events e JOIN runs r ON r.id = e.run LEFT JOIN sessions s ON s.id = e.session;
