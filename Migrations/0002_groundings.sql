-- Why: the ledger itself. Rows are only ever added, at thousands of reports a second, so:
-- * every row is keyed by where it came from (source, offset). The primary key is thereby also what
--   keeps a message from being written twice, and no sequence is needed;
-- * children have no foreign keys: one transaction of one program writes a grounding and all that
--   belongs to it, and a check for each of some thirty rows would cost more than writing them;
-- * there are no indexes but for the questions that name a report, a study or a grounding.

CREATE TABLE grounded.grounder (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  version text NOT NULL,
  architecture text NOT NULL,
  weights_sha256 text NOT NULL,
  threshold real NOT NULL,
  fusion_iou real NOT NULL,
  precision text NOT NULL,
  device text NOT NULL,
  first_used_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (name, version, architecture, weights_sha256, threshold, fusion_iou, precision, device)
);
COMMENT ON TABLE grounded.grounder IS
  'A model with its threshold, fusion setting, precision and device: what a box can be blamed on.';

CREATE TABLE grounded.grounding (
  committed_at timestamptz NOT NULL DEFAULT now(),
  source_offset bigint NOT NULL,
  grounding_id uuid NOT NULL,
  source int NOT NULL,
  grounder int NOT NULL,
  image_count smallint NOT NULL,
  sentence_count smallint NOT NULL,
  region_count int NOT NULL,
  report_id text NOT NULL,
  study_instance_uid text,
  accession_number text,
  generator_name text,
  generator_version text,
  generator_mode text,
  event_id text,
  event_source text,
  event_time text,
  traceparent text,
  original bytea,
  PRIMARY KEY (source, source_offset)
) WITH (toast_tuple_target = 8160);
COMMENT ON TABLE grounded.grounding IS
  'One grounder''s result for one message. Erasing leaves the row and empties what tells of a patient.';
COMMENT ON COLUMN grounded.grounding.source IS 'grounded.position.id: campaign, topic, partition.';
COMMENT ON COLUMN grounded.grounding.original IS
  'The message''s value as it came, unknown fields included; null once erased.';

-- Messages are a few KiB: written beside their row, and uncompressed, since the built-in method
-- takes longer than all else that is done for a report.
ALTER TABLE grounded.grounding ALTER COLUMN original SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX grounding_id ON grounded.grounding (grounding_id);
CREATE INDEX grounding_report ON grounded.grounding (report_id);
CREATE INDEX grounding_study ON grounded.grounding (study_instance_uid);
CREATE INDEX grounding_committed ON grounded.grounding USING brin (committed_at);

CREATE TABLE grounded.grounding_image (
  source_offset bigint NOT NULL,
  source int NOT NULL,
  width int,
  height int,
  ordinal smallint NOT NULL,
  image_id text NOT NULL,
  uri text,
  view text,
  sop_instance_uid text,
  sha256 text,
  PRIMARY KEY (source, source_offset, ordinal)
);
COMMENT ON TABLE grounded.grounding_image IS 'An image of a report, in the message''s order from 0.';

CREATE TABLE grounded.sentence (
  source_offset bigint NOT NULL,
  source int NOT NULL,
  range_start int,
  range_end int,
  highest_confidence real,
  ordinal smallint NOT NULL,
  status text NOT NULL CHECK (status IN ('grounded', 'none', 'skipped', 'failed')),
  section text,
  reason text,
  text text,
  raw_scores bytea,
  generator_boxes real[],
  PRIMARY KEY (source, source_offset, ordinal)
);
COMMENT ON TABLE grounded.sentence IS
  'A sentence of a report, in the report''s order from 0; its text is null once erased.';
COMMENT ON COLUMN grounded.sentence.raw_scores IS
  'For each image that was looked at, in order: version 1 (byte), number of queries and number kept (uint16 each), then for each kept query its index (uint16), logit and box centre x, centre y, width, height in the network''s square (float32 each). Little endian.';
COMMENT ON COLUMN grounded.sentence.generator_boxes IS
  'The generator''s own boxes as x_min, y_min, x_max, y_max, one after the other; null when it gave none.';

CREATE TABLE grounded.region (
  source_offset bigint NOT NULL,
  source int NOT NULL,
  x_min real NOT NULL,
  y_min real NOT NULL,
  x_max real NOT NULL,
  y_max real NOT NULL,
  confidence real NOT NULL,
  pixel_x_min int NOT NULL,
  pixel_y_min int NOT NULL,
  pixel_x_max int NOT NULL,
  pixel_y_max int NOT NULL,
  sentence smallint NOT NULL,
  ordinal smallint NOT NULL,
  image smallint NOT NULL,
  fused_queries smallint NOT NULL,
  PRIMARY KEY (source, source_offset, sentence, ordinal)
);
COMMENT ON TABLE grounded.region IS 'One box of a sentence on an image, best first from 0.';

CREATE TABLE grounded.rejection (
  rejected_at timestamptz NOT NULL DEFAULT now(),
  source_offset bigint NOT NULL,
  source int NOT NULL,
  code text NOT NULL,
  stage text NOT NULL,
  message text NOT NULL,
  report_id text,
  original_bytes bigint NOT NULL,
  original bytea,
  header_names text[] NOT NULL,
  header_values bytea[],
  PRIMARY KEY (source, source_offset)
);
COMMENT ON COLUMN grounded.rejection.original IS
  'The message''s value as it came; null when it had none, when it was longer than 4 MiB, and once erased.';
COMMENT ON TABLE grounded.rejection IS
  'A message that no grounding could be made of, and why. The message is free of report text.';
ALTER TABLE grounded.rejection ALTER COLUMN original SET STORAGE EXTERNAL;
CREATE INDEX rejection_report ON grounded.rejection (report_id);
CREATE INDEX rejection_time ON grounded.rejection USING brin (rejected_at);
