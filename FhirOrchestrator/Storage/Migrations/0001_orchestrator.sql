-- Chains and all that belongs to them. Rules of this schema:
--   * every row that concerns a patient carries its EHR and its site, and row-level security is on for it;
--   * bodies and JSON are bytea: jsonb reorders keys, rewrites numbers and refuses what .NET accepts;
--   * a unique key on a partitioned table cannot span partitions: uniqueness lives in the unpartitioned ones;
--   * time is read from orchestrator.now() and nowhere else;
--   * what a feed reads in commit order carries the transaction's number (read below pg_snapshot_xmin).

-- STABLE, so that an index can be searched with it: it is read once a scan.
CREATE FUNCTION orchestrator.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT clock_timestamp()';

-- The sites that this session may see, separated by commas. Unset or empty means all: that is how the workers and the
-- intake run. Whoever serves a person sets it in the transaction that reads for that person (SET LOCAL).
CREATE FUNCTION orchestrator.sees(site text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('orchestrator.sites', true), '') = ''
        OR site = ANY (string_to_array(current_setting('orchestrator.sites', true), ','))
$$;

-- One installation is one tenant: its id is in the identifier.system of everything that it writes.
CREATE TABLE orchestrator.installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT orchestrator.now());
INSERT INTO orchestrator.installation DEFAULT VALUES;

CREATE TABLE orchestrator.registration (
    ehr text NOT NULL,
    package text NOT NULL,
    name text NOT NULL,
    token text NOT NULL UNIQUE,
    secret text NOT NULL,
    criteria text NOT NULL,
    content_hash text NOT NULL,
    remote_id text,
    status text NOT NULL CHECK (status IN ('wanted', 'requested', 'active', 'error', 'off')),
    problem text,
    watermark timestamptz,
    last_notification timestamptz,
    PRIMARY KEY (ehr, package, name));

-- Deliveries as they came: never changed, dropped by the day. The queue beside it says what is still to be read.
CREATE SEQUENCE orchestrator.inbox_id AS bigint;
CREATE TABLE orchestrator.inbox (
    id bigint NOT NULL DEFAULT nextval('orchestrator.inbox_id'),
    received_at timestamptz NOT NULL DEFAULT orchestrator.now(),
    ehr text NOT NULL,
    site text NOT NULL DEFAULT '-',
    package text NOT NULL,
    subscription text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('notification', 'sweep', 'person')),
    method text NOT NULL,
    target text,
    version text,
    content_type text,
    body bytea NOT NULL,
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);

-- What waits or is being read; a row goes when its entry is finished or set aside. The lane is ehr, type and id: null
-- where only the body tells. Of a lane only the oldest row can be claimed, so that two never run at once.
CREATE TABLE orchestrator.inbox_queue (
    id bigint PRIMARY KEY,
    received_at timestamptz NOT NULL,
    ehr text NOT NULL,
    site text NOT NULL DEFAULT '-',
    lane text,
    version text,
    origin text NOT NULL,
    due_at timestamptz NOT NULL,
    leased_until timestamptz,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    epoch bigint NOT NULL DEFAULT 0,
    reason text);
CREATE INDEX inbox_queue_lane ON orchestrator.inbox_queue (lane, id);
CREATE INDEX inbox_queue_blind ON orchestrator.inbox_queue (ehr, id) WHERE lane IS NULL;

-- Versions that have been dealt with, and how each was first learned of. Outlives the inbox: a redelivery long after must
-- still be known.
CREATE TABLE orchestrator.inbox_seen (
    ehr text NOT NULL,
    type text NOT NULL,
    id text NOT NULL,
    version text NOT NULL,
    site text NOT NULL DEFAULT '-',
    origin text NOT NULL CHECK (origin IN ('notification', 'sweep', 'person')),
    at timestamptz NOT NULL DEFAULT orchestrator.now(),
    PRIMARY KEY (ehr, type, id, version));

-- Entries set aside for a person; their bytes stay in the inbox.
CREATE TABLE orchestrator.quarantine (
    inbox bigint PRIMARY KEY,
    received_at timestamptz NOT NULL,
    ehr text NOT NULL,
    site text NOT NULL DEFAULT '-',
    reason text NOT NULL,
    words text NOT NULL,
    at timestamptz NOT NULL DEFAULT orchestrator.now(),
    resolved_at timestamptz);
CREATE INDEX quarantine_open ON orchestrator.quarantine (at) WHERE resolved_at IS NULL;

CREATE SEQUENCE orchestrator.verdict_number AS bigint;
CREATE TABLE orchestrator.verdict (
    number bigint NOT NULL DEFAULT nextval('orchestrator.verdict_number'),
    at timestamptz NOT NULL DEFAULT orchestrator.now(),
    inbox bigint NOT NULL,
    ehr text NOT NULL,
    site text NOT NULL DEFAULT '-',
    type text,
    id text,
    version text,
    plan text,
    kind text NOT NULL CHECK (kind IN (
        'started', 'already-started', 'signalled', 'not-matched', 'own-write', 'duplicate', 'quarantined')),
    reason text NOT NULL,
    words text NOT NULL,
    chain uuid,
    PRIMARY KEY (number, at)
) PARTITION BY RANGE (at);
CREATE INDEX verdict_kind ON orchestrator.verdict (ehr, kind, reason, number);
CREATE INDEX verdict_resource ON orchestrator.verdict (ehr, type, id);

-- One chain a plan, EHR and business key, for ever: a row here is never deleted, whatever becomes of its chain.
CREATE TABLE orchestrator.chain_key (
    plan text NOT NULL,
    ehr text NOT NULL,
    business_key text NOT NULL,
    site text NOT NULL,
    chain uuid NOT NULL UNIQUE,
    at timestamptz NOT NULL DEFAULT orchestrator.now(),
    PRIMARY KEY (plan, ehr, business_key));

-- Live chains only. Rewritten at every change: half of each page stays free, and no index covers what changes.
CREATE TABLE orchestrator.chain (
    id uuid PRIMARY KEY,
    ehr text NOT NULL,
    site text NOT NULL,
    package text NOT NULL,
    plan text NOT NULL,
    plan_version text NOT NULL,
    plan_hash text NOT NULL,
    business_key text NOT NULL,
    patient text NOT NULL,
    started_by text NOT NULL CHECK (started_by IN ('notification', 'sweep', 'person')),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    phase text NOT NULL CHECK (phase IN ('running', 'suspended', 'held', 'stopping', 'completed', 'stopped')),
    revision bigint NOT NULL CHECK (revision > 0),
    state bytea NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE orchestrator.chain_done (
    id uuid NOT NULL,
    ended_at timestamptz NOT NULL,
    ehr text NOT NULL,
    site text NOT NULL,
    package text NOT NULL,
    plan text NOT NULL,
    plan_version text NOT NULL,
    plan_hash text NOT NULL,
    business_key text NOT NULL,
    patient text NOT NULL,
    started_by text NOT NULL CHECK (started_by IN ('notification', 'sweep', 'person')),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    phase text NOT NULL CHECK (phase IN ('completed', 'stopped')),
    revision bigint NOT NULL CHECK (revision > 0),
    state bytea NOT NULL,
    PRIMARY KEY (id, ended_at)
) PARTITION BY RANGE (ended_at);

-- The dossier: what a chain's conditions look at, as it was read.
CREATE TABLE orchestrator.chain_input (
    chain uuid NOT NULL,
    ordinal integer NOT NULL CHECK (ordinal >= 0),
    ehr text NOT NULL,
    site text NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    id text NOT NULL,
    version text NOT NULL,
    body bytea NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (chain, ordinal));

CREATE TABLE orchestrator.event (
    chain uuid NOT NULL,
    revision bigint NOT NULL CHECK (revision > 0),
    at timestamptz NOT NULL,
    ehr text NOT NULL,
    site text NOT NULL,
    kind text NOT NULL,
    body bytea NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (chain, revision, at)
) PARTITION BY RANGE (at);

-- Which correlations a live chain waits for, and the dossier name under which each arrives.
CREATE TABLE orchestrator.wait (
    ehr text NOT NULL,
    correlation text NOT NULL,
    chain uuid NOT NULL REFERENCES orchestrator.chain (id),
    name text NOT NULL,
    site text NOT NULL,
    PRIMARY KEY (ehr, correlation, chain, name));
CREATE INDEX wait_chain ON orchestrator.wait (chain);

-- What we write to EHRs. The hash is stored before the write is sent: what comes back with it is our own.
CREATE TABLE orchestrator.written (
    ehr text NOT NULL,
    chain uuid NOT NULL,
    step text NOT NULL,
    round integer NOT NULL CHECK (round > 0),
    type text NOT NULL,
    site text NOT NULL,
    content_hash text NOT NULL,
    id text,
    version text,
    body bytea NOT NULL,
    withheld boolean NOT NULL,
    intended_at timestamptz NOT NULL DEFAULT orchestrator.now(),
    settled_at timestamptz,
    PRIMARY KEY (ehr, chain, step, round, type));
CREATE UNIQUE INDEX written_resource ON orchestrator.written (ehr, type, id) WHERE id IS NOT NULL;
CREATE INDEX written_chain ON orchestrator.written (chain);

-- Tries of effects, deleted when done. due_at is when it may be claimed: its time, or the end of its lease.
CREATE TABLE orchestrator.job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain uuid NOT NULL,
    ehr text NOT NULL,
    site text NOT NULL,
    step text NOT NULL,
    round integer NOT NULL CHECK (round > 0),
    attempt integer NOT NULL CHECK (attempt > 0),
    epoch bigint NOT NULL DEFAULT 0,
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 3),
    run_at timestamptz NOT NULL,
    leased_until timestamptz,
    due_at timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(leased_until, run_at)) STORED,
    UNIQUE (chain, step, round, attempt));
CREATE INDEX job_due ON orchestrator.job (priority, due_at);

CREATE TABLE orchestrator.timer (
    chain uuid NOT NULL,
    step text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('deadline')),
    ehr text NOT NULL,
    site text NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (chain, step, kind));
CREATE INDEX timer_due ON orchestrator.timer (due_at);

-- Chains whose FHIR resources no longer show their state: one row a chain, however often it changes.
CREATE TABLE orchestrator.publish (
    chain uuid PRIMARY KEY,
    ehr text NOT NULL,
    site text NOT NULL,
    revision bigint NOT NULL CHECK (revision > 0),
    epoch bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    run_at timestamptz NOT NULL,
    leased_until timestamptz,
    due_at timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(leased_until, run_at)) STORED,
    reason text);
CREATE INDEX publish_due ON orchestrator.publish (due_at);

-- Events posted for chains by screens and doors; a worker applies each and notes the verdict here.
CREATE TABLE orchestrator.letter (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain uuid NOT NULL,
    ehr text NOT NULL,
    site text NOT NULL,
    body bytea NOT NULL,
    posted_at timestamptz NOT NULL DEFAULT orchestrator.now(),
    leased_until timestamptz,
    verdict text CHECK (verdict IN ('applied', 'stale', 'ignored', 'refused')),
    why text,
    answered_at timestamptz,
    CHECK ((verdict IS NULL) = (answered_at IS NULL)));
CREATE INDEX letter_open ON orchestrator.letter (number) WHERE verdict IS NULL;
CREATE INDEX letter_lane ON orchestrator.letter (chain, number) WHERE verdict IS NULL;

CREATE TABLE orchestrator.incident (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain uuid NOT NULL,
    ehr text NOT NULL,
    site text NOT NULL,
    step text,
    reason_system text,
    reason text NOT NULL,
    reason_display text,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz);
CREATE UNIQUE INDEX incident_open ON orchestrator.incident (chain, coalesce(step, ''), reason) WHERE closed_at IS NULL;

-- The worklist's rows: what people see to do now.
CREATE TABLE orchestrator.work_item (
    chain uuid NOT NULL,
    step text NOT NULL,
    round integer NOT NULL,
    ehr text NOT NULL,
    site text NOT NULL,
    package text NOT NULL,
    patient text NOT NULL,
    title text NOT NULL,
    priority text NOT NULL CHECK (priority IN ('routine', 'urgent', 'asap', 'stat')),
    pool_system text,
    pool text,
    pool_display text,
    owner text,
    due timestamptz,
    phase text NOT NULL,
    PRIMARY KEY (chain, step, round));
CREATE INDEX work_item_due ON orchestrator.work_item (due);
CREATE INDEX work_item_patient ON orchestrator.work_item (ehr, patient);

-- One row an applied event, in its transaction. Sealed later, in commit order; rendered as FHIR when read.
CREATE SEQUENCE orchestrator.audit_number AS bigint;
CREATE TABLE orchestrator.audit (
    number bigint NOT NULL DEFAULT nextval('orchestrator.audit_number'),
    at timestamptz NOT NULL DEFAULT orchestrator.now(),
    ehr text NOT NULL,
    site text NOT NULL,
    patient text NOT NULL,
    chain uuid NOT NULL,
    revision bigint NOT NULL,
    kind text NOT NULL,
    step text,
    actor text,
    actor_name text,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (number, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_patient ON orchestrator.audit (ehr, patient);

-- The nets: what no partition was made for in time is kept all the same.
CREATE TABLE orchestrator.inbox_default PARTITION OF orchestrator.inbox DEFAULT;
CREATE TABLE orchestrator.verdict_default PARTITION OF orchestrator.verdict DEFAULT;
CREATE TABLE orchestrator.chain_done_default PARTITION OF orchestrator.chain_done DEFAULT;
CREATE TABLE orchestrator.event_default PARTITION OF orchestrator.event DEFAULT;
CREATE TABLE orchestrator.audit_default PARTITION OF orchestrator.audit DEFAULT;

-- Makes the partitions from today on: days of the inbox, months of the others. Called at start and daily, by the run-time
-- login, which owns nothing: it runs with its owner's rights. Returns how many it made.
CREATE FUNCTION orchestrator.ensure_partitions(days integer, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '5s' AS $$
DECLARE
    parent text;
    unit text;
    span interval;
    low timestamptz;
    child text;
    made integer := 0;
BEGIN
    IF days NOT BETWEEN 0 AND 60 OR months NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'expected 0 to 60 days and 0 to 24 months, got % and %', days, months;
    END IF;
    PERFORM pg_advisory_xact_lock(5085085085);
    FOR parent, unit, span IN VALUES
        ('inbox', 'day', make_interval(days => days)),
        ('verdict', 'month', make_interval(months => months)),
        ('chain_done', 'month', make_interval(months => months)),
        ('event', 'month', make_interval(months => months)),
        ('audit', 'month', make_interval(months => months))
    LOOP
        FOR low IN SELECT generate_series(
            date_trunc(unit, orchestrator.now()), orchestrator.now() + span, ('1 ' || unit)::interval)
        LOOP
            child := parent || to_char(low, CASE unit WHEN 'day' THEN '_YYYYMMDD' ELSE '_YYYYMM' END);
            CONTINUE WHEN to_regclass('orchestrator.' || quote_ident(child)) IS NOT NULL;
            BEGIN
                EXECUTE format(
                    'CREATE TABLE orchestrator.%I PARTITION OF orchestrator.%I FOR VALUES FROM (%L) TO (%L)',
                    child, parent, low, low + ('1 ' || unit)::interval);
                made := made + 1;
            EXCEPTION
                -- Rows of that time are in the net already; they stay there, and so does what follows them.
                WHEN check_violation THEN RAISE WARNING 'partition % not made: its rows are in the default', child;
            END;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION orchestrator.ensure_partitions(integer, integer) FROM PUBLIC;
SELECT orchestrator.ensure_partitions(7, 2);

-- Row-level security, for every table that concerns patients. A partition is only ever reached through its parent.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'inbox', 'inbox_queue', 'inbox_seen', 'quarantine', 'verdict', 'chain_key', 'chain', 'chain_done', 'chain_input',
        'event', 'wait', 'written', 'job', 'timer', 'publish', 'letter', 'incident', 'work_item', 'audit']
    LOOP
        EXECUTE format('ALTER TABLE orchestrator.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY by_site ON orchestrator.%I USING (orchestrator.sees(site))', name);
    END LOOP;
END $$;
