-- What the sandbox EHR's publisher of Subscriptions must not forget. The resources themselves stand in sandbox.resource.

-- One row: how far the feed of changes is routed, and how the publisher errs on purpose.
CREATE TABLE sandbox.publisher (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL DEFAULT 0,
    misbehaviour text NOT NULL DEFAULT '{}',
    -- Seals the values of channel.header: 244 random bits, hashed to 256.
    header_key bytea NOT NULL CHECK (length(header_key) = 32)
        DEFAULT sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')),
    duplicated bigint NOT NULL DEFAULT 0,
    reordered bigint NOT NULL DEFAULT 0);
INSERT INTO sandbox.publisher DEFAULT VALUES;

-- Events generated for each Subscription since it was made: event numbers never go back.
CREATE TABLE sandbox.publisher_subscriber (
    id text COLLATE "C" PRIMARY KEY,
    events bigint NOT NULL CHECK (events >= 0));

-- Notifications that are due; deleted when the endpoint took them.
CREATE TABLE sandbox.publisher_delivery (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription text COLLATE "C" NOT NULL,
    event_number bigint NOT NULL CHECK (event_number > 0),
    type text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    deleted boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    held_until timestamptz);
CREATE INDEX publisher_delivery_queue ON sandbox.publisher_delivery (subscription, sequence);

-- Notifications that were dropped on purpose, for tests to compare.
CREATE TABLE sandbox.publisher_dropped (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription text COLLATE "C" NOT NULL,
    event_number bigint NOT NULL,
    change text COLLATE "C" NOT NULL);
