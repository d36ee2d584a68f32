-- Why: what is to be published is committed together with the results, and published afterwards. A row
-- goes when Kafka has acknowledged its message; outbound_progress says from where on the outbound topic
-- has to be read after a crash to learn what is already out.
--
-- A grounded report is not written twice: all that its message says stands in its grounding, from which
-- the message is made again when it is needed, which is after a crash.

CREATE TABLE grounded.outbox (
  source_offset bigint NOT NULL,
  source int NOT NULL,
  message_id uuid NOT NULL,
  topic text NOT NULL,
  message_key bytea,
  header_names text[],
  header_values bytea[],
  payload bytea,
  PRIMARY KEY (source, source_offset)
) WITH (
  -- Rows live for milliseconds: kept whole in their page, never compressed, their room given back soon.
  toast_tuple_target = 8160,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000,
  autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 1000000
);
ALTER TABLE grounded.outbox ALTER COLUMN payload SET STORAGE EXTERNAL;
COMMENT ON TABLE grounded.outbox IS 'Messages committed and not yet acknowledged by Kafka.';
COMMENT ON COLUMN grounded.outbox.header_names IS
  'Null when the message is the one that the grounding of the same source and offset makes.';

CREATE TABLE grounded.outbound_progress (
  source int NOT NULL,
  topic text NOT NULL,
  partition int NOT NULL,
  next_offset bigint NOT NULL,
  PRIMARY KEY (source, topic, partition)
) WITH (fillfactor = 50);
COMMENT ON TABLE grounded.outbound_progress IS
  'Up to where the outbound partitions are known to hold nothing that is still in the outbox.';
