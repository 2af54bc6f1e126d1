-- What waits is claimed again like everything else; what was held stays held for good.
ALTER TABLE moonsift.lease DROP COLUMN suspect;
DROP INDEX moonsift.queue_attempts;
DROP INDEX moonsift.queue_parked;
DROP INDEX moonsift.queue_event_id;
ALTER TABLE moonsift.queue DROP COLUMN parked, DROP COLUMN again;
CREATE INDEX queue_event_id ON moonsift.queue (event_id);
DROP TABLE moonsift.held;
DROP TABLE moonsift.parked;
