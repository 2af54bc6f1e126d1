-- Takes the pipeline's tables away, with everything that was received and decided.
DROP TABLE moonsift.message_ref;
DROP TABLE moonsift.conversation_ref;
DROP TABLE moonsift.contact_ref;
DROP TABLE moonsift.contact_state;
DROP TABLE moonsift.decision;
DROP TABLE moonsift.active_version;
DROP TABLE moonsift.version;
DROP TABLE moonsift.outcome;
DROP TABLE moonsift.judge;
DROP TABLE moonsift.lease;
DROP TABLE moonsift.queue;
DROP TABLE moonsift.delivery_key;
DROP TABLE moonsift.event;
