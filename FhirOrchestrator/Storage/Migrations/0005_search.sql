-- Search goes on: composite parameters, parameters that a store is given, pages that hold still, histories of types.
DO $migration$
DECLARE
    instance text;
    name text;
BEGIN
    FOREACH instance IN ARRAY ARRAY['partner', 'sandbox'] LOOP
        EXECUTE format('SET LOCAL search_path = %I', instance);

        -- Rows of the parts of a composite parameter that stand in one item carry its number; all others 0.
        FOREACH name IN ARRAY ARRAY['search_token', 'search_reference', 'search_string', 'search_date', 'search_uri',
            'search_quantity'] LOOP
            EXECUTE format('ALTER TABLE %I ADD COLUMN item integer NOT NULL DEFAULT 0', name);
        END LOOP;

        -- One row. rows_version: which release's rows stand in the search tables (an older one makes them anew when
        -- the store is first used). generation counts the changes of stored SearchParameters.
        CREATE TABLE search_state (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            rows_version integer NOT NULL DEFAULT 0,
            generation bigint NOT NULL DEFAULT 0);
        INSERT INTO search_state DEFAULT VALUES;

        -- What a sorted search found, in its order: its later pages are cut from it. Only numbers of rows, which say
        -- nothing without the table resource and its policy.
        CREATE TABLE search_snapshot (
            id uuid PRIMARY KEY,
            made_at timestamptz NOT NULL DEFAULT orchestrator.now(),
            keys bigint[] NOT NULL);
        CREATE INDEX search_snapshot_made ON search_snapshot (made_at);

        CREATE INDEX resource_history_updated ON resource_history (updated_us);
        CREATE INDEX resource_history_type_updated ON resource_history (type, updated_us);
        CREATE INDEX resource_updated ON resource (updated_us);
    END LOOP;

    SET LOCAL search_path = DEFAULT;
END
$migration$;
