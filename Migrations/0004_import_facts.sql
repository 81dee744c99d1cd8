-- What the sources of an import know of each other: which run was billed for a model response and with
-- which counts, how far the cumulative counter of a thread has come, which run lived the history that
-- another log repeats. Written in the transaction that stores the events that it is about.
CREATE TABLE import_facts(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO import_facts(key, value)
SELECT 'request/' || b.message_id, r.name FROM billed b JOIN runs r ON r.id = b.run;

DROP TABLE billed;
