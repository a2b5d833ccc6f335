-- Two instances of one store of FHIR resources: "partner" is what we keep and show at /fhir, "sandbox" is the sandbox EHR.
-- Bodies are bytes, never jsonb: it reorders keys and rewrites numbers. Search rows are derived from the current body and
-- are written and removed with it in one transaction; they have no foreign keys, which would only cost time.
DO $migration$
DECLARE
    instance text;
    name text;
BEGIN
    FOREACH instance IN ARRAY ARRAY['partner', 'sandbox'] LOOP
        EXECUTE format('CREATE SCHEMA %I', instance);
        EXECUTE format('SET LOCAL search_path = %I', instance);

        -- The newest version of every resource, deleted ones included.
        CREATE TABLE resource (
            key bigint PRIMARY KEY,
            ehr text COLLATE "C" NOT NULL DEFAULT '-',
            site text COLLATE "C" NOT NULL DEFAULT '-',
            type text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL CHECK (id ~ '^[A-Za-z0-9.-]{1,64}$'),
            version bigint NOT NULL CHECK (version > 0),
            -- Microseconds since 1970 UTC, always whole milliseconds: what meta.lastUpdated says.
            updated_us bigint NOT NULL CHECK (updated_us % 1000 = 0),
            method text NOT NULL CHECK (method IN ('POST', 'PUT', 'DELETE')),
            body bytea NOT NULL,
            UNIQUE (type, id),
            CHECK ((method = 'DELETE') = (length(body) = 0)));
        CREATE SEQUENCE resource_key AS bigint;
        CREATE INDEX resource_type_key ON resource (type, key) WHERE method <> 'DELETE';
        CREATE INDEX resource_type_updated ON resource (type, updated_us, key) WHERE method <> 'DELETE';

        -- The versions before the newest one.
        CREATE TABLE resource_history (
            ehr text COLLATE "C" NOT NULL,
            site text COLLATE "C" NOT NULL,
            type text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            version bigint NOT NULL,
            updated_us bigint NOT NULL,
            method text NOT NULL,
            body bytea NOT NULL,
            PRIMARY KEY (type, id, version));

        -- The feed of changes. position = transaction number << 20 | place in the transaction: readers stay below the
        -- oldest transaction still running, so nothing is ever committed behind them.
        CREATE TABLE resource_change (
            position bigint PRIMARY KEY,
            ehr text COLLATE "C" NOT NULL,
            site text COLLATE "C" NOT NULL,
            type text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            version bigint NOT NULL,
            kind text NOT NULL CHECK (kind IN ('created', 'updated', 'deleted')));

        -- param is SearchParameter.Number: it stands for resource type and parameter.
        CREATE TABLE search_token (
            param integer NOT NULL,
            resource bigint NOT NULL,
            ehr text COLLATE "C" NOT NULL,
            site text COLLATE "C" NOT NULL,
            system text COLLATE "C" NOT NULL,
            code text COLLATE "C" NOT NULL);
        CREATE INDEX search_token_value ON search_token (param, code, system, resource);
        CREATE INDEX search_token_resource ON search_token (resource, param);

        CREATE TABLE search_reference (
            param integer NOT NULL,
            resource bigint NOT NULL,
            ehr text COLLATE "C" NOT NULL,
            site text COLLATE "C" NOT NULL,
            target_type text COLLATE "C" NOT NULL,
            target_id text COLLATE "C" NOT NULL,
            base text COLLATE "C" NOT NULL,
            uri text COLLATE "C" NOT NULL);
        CREATE INDEX search_reference_value ON search_reference (param, target_id, target_type, resource);
        CREATE INDEX search_reference_uri ON search_reference (param, uri, resource) WHERE uri <> '';
        CREATE INDEX search_reference_resource ON search_reference (resource, param);

        CREATE TABLE search_string (
            param integer NOT NULL,
            resource bigint NOT NULL,
            ehr text COLLATE "C" NOT NULL,
            site text COLLATE "C" NOT NULL,
            -- The first characters of folded: a plain column, because row-level security lets no function into an index.
            start text COLLATE "C" NOT NULL CHECK (length(start) <= 100),
            folded text COLLATE "C" NOT NULL,
            exact text COLLATE "C" NOT NULL);
        CREATE INDEX search_string_value ON search_string (param, start, resource);
        CREATE INDEX search_string_resource ON search_string (resource, param);

        -- From low up to but without high, in microseconds since 1970 UTC.
        CREATE TABLE search_date (
            param integer NOT NULL,
            resource bigint NOT NULL,
            ehr text COLLATE "C" NOT NULL,
            site text COLLATE "C" NOT NULL,
            low bigint NOT NULL,
            high bigint NOT NULL,
            CHECK (low < high));
        CREATE INDEX search_date_low ON search_date (param, low, high, resource);
        CREATE INDEX search_date_resource ON search_date (resource, param);

        CREATE TABLE search_uri (
            param integer NOT NULL,
            resource bigint NOT NULL,
            ehr text COLLATE "C" NOT NULL,
            site text COLLATE "C" NOT NULL,
            uri text COLLATE "C" NOT NULL);
        CREATE INDEX search_uri_value ON search_uri (param, uri, resource);
        CREATE INDEX search_uri_resource ON search_uri (resource, param);

        CREATE TABLE search_quantity (
            param integer NOT NULL,
            resource bigint NOT NULL,
            ehr text COLLATE "C" NOT NULL,
            site text COLLATE "C" NOT NULL,
            low numeric NOT NULL,
            high numeric NOT NULL,
            system text COLLATE "C" NOT NULL,
            code text COLLATE "C" NOT NULL,
            unit text COLLATE "C" NOT NULL);
        CREATE INDEX search_quantity_value ON search_quantity (param, low, resource);
        CREATE INDEX search_quantity_resource ON search_quantity (resource, param);

        FOREACH name IN ARRAY ARRAY['resource', 'resource_history', 'resource_change', 'search_token', 'search_reference',
            'search_string', 'search_date', 'search_uri', 'search_quantity'] LOOP
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format('CREATE POLICY by_site ON %I USING (orchestrator.sees(site))', name);
        END LOOP;
    END LOOP;

    SET LOCAL search_path = DEFAULT;
END
$migration$;
