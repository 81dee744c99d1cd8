-- What version 2 of the fold keeps beside what version 1 kept.

INSERT INTO kinds(code, name) VALUES
  (21, 'agent.cost'), (22, 'run.tag'), (23, 'run.note'), (24, 'run.score');

-- How long the agent worked by its own measure; null where its result does not say so.
ALTER TABLE turns ADD COLUMN own_ms INTEGER;
-- What the turn used by model, in the program's compact form; null where it used none.
ALTER TABLE turns ADD COLUMN models BLOB;

-- How long the call took by the agent's own measure; null where its result does not say so.
ALTER TABLE calls ADD COLUMN own_ms INTEGER;
-- It returned with its work going on: a later result decides how it ended.
ALTER TABLE calls ADD COLUMN running INTEGER NOT NULL DEFAULT 0;

-- The runs of each session.
CREATE TABLE session_runs(
  version INTEGER NOT NULL,
  session INTEGER NOT NULL,
  run INTEGER NOT NULL,
  -- The ordinal of the run's first event in the session: the runs are in the order of these.
  first_ordinal INTEGER NOT NULL,
  -- The least and the greatest time of the run's events in the session; null where none has a place
  -- in the run's time.
  first_ts INTEGER,
  last_ts INTEGER,
  PRIMARY KEY(version, session, run)
) STRICT, WITHOUT ROWID;

-- A store without derived rows has none to fold again.
UPDATE fold_versions SET fold = 2
WHERE live = 1 AND fold = 1
  AND NOT EXISTS (SELECT 1 FROM digests) AND NOT EXISTS (SELECT 1 FROM sums);
