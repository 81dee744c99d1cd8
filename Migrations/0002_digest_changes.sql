-- Which digests changed last, so that those who follow them read from a position and miss none,
-- whoever folded: this process, another one, or the one that rebuilt them.
--
-- One row per run, moved to the end by each change: the table is as long as there are runs, and one
-- that follows slowly sees the last change of each run and not all of them.
CREATE TABLE digest_changes(
  change INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL UNIQUE
) STRICT;

INSERT INTO digest_changes(run)
SELECT run FROM digests WHERE version = (SELECT version FROM fold_versions WHERE live = 1)
ORDER BY run;

-- Triggers, so that no way of writing a digest can forget it. Delete and insert, not REPLACE: the
-- statement that fires a trigger would decide about the conflict.
CREATE TRIGGER digest_was_made AFTER INSERT ON digests
WHEN new.version = (SELECT version FROM fold_versions WHERE live = 1)
BEGIN
  DELETE FROM digest_changes WHERE run = new.run;
  INSERT INTO digest_changes(run) VALUES (new.run);
END;

CREATE TRIGGER digest_was_changed AFTER UPDATE OF revision ON digests
WHEN new.version = (SELECT version FROM fold_versions WHERE live = 1)
BEGIN
  DELETE FROM digest_changes WHERE run = new.run;
  INSERT INTO digest_changes(run) VALUES (new.run);
END;

-- Another set of digests went live: each of them may be new.
CREATE TRIGGER digests_went_live AFTER UPDATE OF live ON fold_versions
WHEN new.live = 1 AND old.live = 0
BEGIN
  DELETE FROM digest_changes;
  INSERT INTO digest_changes(run) SELECT run FROM digests WHERE version = new.version ORDER BY run;
END;
