-- Placeholder of the first slice: only the clock; the tables come with the next commit, before anything is released.
CREATE FUNCTION orchestrator.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';
