-- The tables of the pipeline: what came in, what waits, who works on it, what was decided.
--
-- All of moonsift's own tables live in schema moonsift, so that a Chatwoot upgrade never meets them.
-- Each is keyed by account first and distributes by account_id (Citus: colocate them all), except
-- lease, judge, version and active_version, which are small and shared by all accounts (Citus:
-- reference tables). Ids of events and decisions are made by the program (time in milliseconds, node,
-- counter), so that a delivery that had to wait in a receiver's spool already has its own.
CREATE SCHEMA IF NOT EXISTS moonsift;

-- One accepted delivery. Never updated. body is NULL where the event is of no use to any rule.
CREATE TABLE moonsift.event (
    account_id  bigint NOT NULL,
    id          bigint NOT NULL,
    source      text NOT NULL,
    type        text NOT NULL,
    order_key   text NOT NULL,
    source_time timestamptz,
    received_at timestamptz NOT NULL,
    body        text,
    body_sha256 text NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX event_received_at ON moonsift.event (received_at);
CREATE INDEX event_id ON moonsift.event (id); -- the newest of all accounts; one by its id alone

-- Makes a second delivery of the same thing recognisable; purged in chunks after 8 days.
CREATE TABLE moonsift.delivery_key (
    account_id bigint NOT NULL,
    source     text NOT NULL,
    key        text NOT NULL,
    event_id   bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, source, key)
);
CREATE INDEX delivery_key_created_at ON moonsift.delivery_key (created_at);

-- What is still to be judged. Claiming writes nothing here: judges own shards by lease.
CREATE TABLE moonsift.queue (
    account_id bigint NOT NULL,
    event_id   bigint NOT NULL,
    shard      smallint NOT NULL,
    attempts   smallint NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, event_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX queue_event_id ON moonsift.queue (event_id);

-- Who judges a shard until when. epoch moves when a version is activated; loaded is the epoch the
-- owner works with. A decision's transaction holds its row FOR SHARE, so a take-over waits for it.
CREATE TABLE moonsift.lease (
    shard  smallint PRIMARY KEY,
    owner  text NOT NULL DEFAULT '',
    epoch  bigint NOT NULL DEFAULT 1,
    loaded bigint NOT NULL DEFAULT 0,
    until  timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO moonsift.lease (shard) SELECT generate_series(0, 63);

-- Judges that are at work, with or without leases, so that each takes its share of the shards.
CREATE TABLE moonsift.judge (
    owner text PRIMARY KEY,
    until timestamptz NOT NULL
);

-- How a delivery ended: with a decision, or with a reason.
CREATE TABLE moonsift.outcome (
    account_id  bigint NOT NULL,
    event_id    bigint NOT NULL,
    status      text NOT NULL CHECK (status IN ('done', 'skipped', 'ignored', 'held', 'failed')),
    reason      text NOT NULL DEFAULT '',
    contact_id  bigint,
    decision_id bigint,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, event_id)
);
CREATE INDEX outcome_decision ON moonsift.outcome (account_id, decision_id)
    WHERE decision_id IS NOT NULL;

-- An immutable version of a vertical: the text of its files. The files on disk are the draft.
CREATE TABLE moonsift.version (
    vertical   text NOT NULL,
    number     integer NOT NULL,
    hash       text NOT NULL,
    files      jsonb NOT NULL,
    message    text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vertical, number),
    UNIQUE (vertical, hash)
);
CREATE TABLE moonsift.active_version (
    vertical text PRIMARY KEY,
    number   integer NOT NULL,
    since    timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (vertical, number) REFERENCES moonsift.version
);

-- One row per cause and contact: the journal. diff is {key: [before, after]}; a key that was or
-- is not there is {"$absent": true}, which is not the same as null.
CREATE TABLE moonsift.decision (
    account_id     bigint NOT NULL,
    id             bigint NOT NULL,
    contact_id     bigint NOT NULL,
    event_id       bigint,
    vertical       text NOT NULL,
    version        integer NOT NULL,
    clock          timestamptz NOT NULL,
    points         integer NOT NULL,
    lead_status    text NOT NULL,
    fired          text[] NOT NULL,
    unknown        text[] NOT NULL,
    errors         text[] NOT NULL,
    labels         text[] NOT NULL,
    labels_added   text[] NOT NULL,
    labels_removed text[] NOT NULL,
    input          jsonb NOT NULL,
    diff           jsonb NOT NULL,
    conflicts      jsonb NOT NULL DEFAULT '{}',
    decided_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, id)
);
CREATE INDEX decision_contact ON moonsift.decision (account_id, contact_id, id);
CREATE INDEX decision_id ON moonsift.decision (id);

-- What we know about a contact beside its row: which vertical judges it, what we wrote last (to
-- tell a person's edit from our own), and a hash of what the rules read.
CREATE TABLE moonsift.contact_state (
    account_id   bigint NOT NULL,
    contact_id   bigint NOT NULL,
    vertical     text NOT NULL,
    version      integer NOT NULL,
    input_hash   bigint NOT NULL,
    last_written jsonb NOT NULL,
    decision_id  bigint,
    judged_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, contact_id)
);

-- The senders' own ids for what we store. seen is what the sender said last about the contact's
-- attributes: only what differs from it is news.
CREATE TABLE moonsift.contact_ref (
    account_id  bigint NOT NULL,
    source      text NOT NULL,
    external_id text NOT NULL,
    contact_id  bigint NOT NULL,
    seen        jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, source, external_id)
);
CREATE INDEX contact_ref_contact ON moonsift.contact_ref (account_id, contact_id);

CREATE TABLE moonsift.conversation_ref (
    account_id      bigint NOT NULL,
    source          text NOT NULL,
    external_id     text NOT NULL,
    conversation_id bigint NOT NULL,
    PRIMARY KEY (account_id, source, external_id)
);

CREATE TABLE moonsift.message_ref (
    account_id  bigint NOT NULL,
    source      text NOT NULL,
    external_id text NOT NULL,
    message_id  bigint NOT NULL,
    updated_at  timestamptz,
    PRIMARY KEY (account_id, source, external_id)
);
