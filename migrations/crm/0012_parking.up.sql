-- What waits because the rules fail: parked verticals, held deliveries, deliveries that kill judges.
--
-- parked is global, like version and lease (Citus: a reference table). held is keyed by account first
-- and distributes with the queue.

-- A version that keeps failing. Counts only while it is the active one; what waits for it stays in
-- the queue with its name.
CREATE TABLE moonsift.parked (
    vertical text PRIMARY KEY,
    version  integer NOT NULL,
    failures integer NOT NULL,
    reason   text NOT NULL,
    since    timestamptz NOT NULL DEFAULT now()
);

-- Deliveries that ended as held, and by which version: another one judges them again. Version 0:
-- there was none, or somebody wants them judged again.
CREATE TABLE moonsift.held (
    account_id bigint NOT NULL,
    event_id   bigint NOT NULL,
    shard      smallint NOT NULL,
    vertical   text NOT NULL,
    version    integer NOT NULL,
    PRIMARY KEY (account_id, event_id)
);
CREATE INDEX held_vertical ON moonsift.held (vertical, version);

-- parked: not to be claimed until this vertical is let go. again: it was held; its data are stored,
-- only the judgement is missing. attempts: judges that died while it was in work.
ALTER TABLE moonsift.queue
    ADD COLUMN parked text,
    ADD COLUMN again boolean NOT NULL DEFAULT false;
DROP INDEX moonsift.queue_event_id;
CREATE INDEX queue_event_id ON moonsift.queue (event_id) WHERE parked IS NULL;
CREATE INDEX queue_parked ON moonsift.queue (parked) WHERE parked IS NOT NULL;
CREATE INDEX queue_attempts ON moonsift.queue (shard) WHERE attempts > 0;

-- The judge that owned the shard died: what waits in it is judged one by one.
ALTER TABLE moonsift.lease ADD COLUMN suspect boolean NOT NULL DEFAULT false;
