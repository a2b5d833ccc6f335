-- The files of each package version that was ever in force, by the hash of their content. No patient is in them.
CREATE TABLE orchestrator.package (
    content_hash text PRIMARY KEY,
    name text NOT NULL,
    files bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT orchestrator.now());
