-- Why: the ledger itself. Rows are only ever added, at thousands of reports a second, so:
-- * every row is keyed by where it came from (source, offset). The primary key is thereby also what
--   keeps a message from being written twice, and no sequence is needed;
-- * a grounding is one row. Its images, sentences and regions stand in arrays side by side, one element
--   each, and the audit views spread them out: a report is there as a whole or not at all, and some fifteen
--   rows with an index entry each would cost more than all else that is done for it;
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
  grounded_at timestamptz NOT NULL,
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

  -- One element an image, in the message's order.
  image_ids text[] NOT NULL CHECK (cardinality(image_ids) = image_count),
  image_uris text[],
  image_views text[],
  image_sop_instance_uids text[],
  image_sha256s text[],
  image_widths int[],
  image_heights int[],

  -- One element a sentence, in the report's order; an array without any value is null.
  sentence_statuses text[] NOT NULL CHECK (cardinality(sentence_statuses) = sentence_count
    AND sentence_statuses <@ ARRAY['grounded', 'none', 'skipped', 'failed']),
  sentence_texts text[],
  sentence_sections text[],
  sentence_starts int[],
  sentence_ends int[],
  sentence_reasons text[],
  highest_confidences real[],
  raw_scores bytea[],
  generator_box_counts smallint[],
  generator_boxes real[],

  -- One element a region, by sentence and best first; of boxes and pixels four.
  region_sentences smallint[],
  region_images smallint[],
  region_boxes real[],
  region_pixels int[],
  region_confidences real[],
  region_fused_queries smallint[],

  -- What else it takes to find boxes in raw_scores again.
  score_floor real,
  network_side int,
  PRIMARY KEY (source, source_offset)
) WITH (toast_tuple_target = 8160);
COMMENT ON TABLE grounded.grounding IS
  'One grounder''s result for one message, whole; the audit views spread it out. Erasing leaves the row and empties what tells of a patient.';
COMMENT ON COLUMN grounded.grounding.source IS 'grounded.position.id: campaign, topic, partition.';
COMMENT ON COLUMN grounded.grounding.grounded_at IS
  'When the daemon was done with it, by its clock and as published; committed_at is the database''s.';
COMMENT ON COLUMN grounded.grounding.original IS
  'The message''s value as it came, unknown fields included; null once erased.';
COMMENT ON COLUMN grounded.grounding.sentence_starts IS
  'First character of each sentence in its section, in Unicode scalars from 0; sentence_ends is one past the last.';
COMMENT ON COLUMN grounded.grounding.raw_scores IS
  'Of each sentence, for each image that was looked at, in order: version 1 (byte), number of queries and number kept (uint16 each), then for each kept query its index (uint16), logit and box centre x, centre y, width, height in the network''s square (float32 each). Little endian.';
COMMENT ON COLUMN grounded.grounding.score_floor IS
  'Queries below this confidence were not kept in raw_scores.';
COMMENT ON COLUMN grounded.grounding.network_side IS
  'Side of the network''s square in pixels, on which the boxes of raw_scores lie.';
COMMENT ON COLUMN grounded.grounding.generator_box_counts IS
  'How many of generator_boxes belong to each sentence; null where the generator said nothing.';
COMMENT ON COLUMN grounded.grounding.generator_boxes IS
  'The generator''s own boxes of all sentences as x_min, y_min, x_max, y_max, one after the other.';
COMMENT ON COLUMN grounded.grounding.region_sentences IS 'The sentence of each region, from 0.';
COMMENT ON COLUMN grounded.grounding.region_images IS 'The image of each region, from 0.';
COMMENT ON COLUMN grounded.grounding.region_boxes IS
  'x_min, y_min, x_max, y_max of each region as fractions of its image; region_pixels the same in whole pixels.';

-- Messages are a few KiB: written beside their row, and uncompressed, since the built-in method
-- takes longer than all else that is done for a report.
ALTER TABLE grounded.grounding ALTER COLUMN original SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX grounding_id ON grounded.grounding (grounding_id);
CREATE INDEX grounding_report ON grounded.grounding (report_id);
CREATE INDEX grounding_study ON grounded.grounding (study_instance_uid);
CREATE INDEX grounding_committed ON grounded.grounding USING brin (committed_at);

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
  'The message''s value as it came; null when it had none, when it was longer than 4 MiB, when a grounding of the same place has it, and once erased.';
COMMENT ON TABLE grounded.rejection IS
  'A message that no grounding could be made of, and why. The message is free of report text.';
ALTER TABLE grounded.rejection ALTER COLUMN original SET STORAGE EXTERNAL;
CREATE INDEX rejection_report ON grounded.rejection (report_id);
CREATE INDEX rejection_time ON grounded.rejection USING brin (rejected_at);
