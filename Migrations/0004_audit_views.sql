-- Why: these views are the interface for people who ask in SQL. Their columns stay: a view may gain one
-- at its end, and loses none.

-- The boxes of one sentence, counted from 1, out of those of all sentences; null where there are none said.
CREATE FUNCTION grounded.generator_boxes_of(boxes real[], counts smallint[], sentence bigint)
RETURNS real[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN counts[sentence] IS NOT NULL THEN
    coalesce(boxes[4 * past + 1 : 4 * (past + counts[sentence])], '{}') END
  FROM (SELECT coalesce(sum(count), 0) AS past FROM unnest(counts[1 : sentence - 1]) AS count) AS before
$$;

CREATE VIEW grounded.audit_sentence AS
SELECT
  g.report_id, g.study_instance_uid, g.accession_number,
  g.generator_name, g.generator_version, g.generator_mode,
  (s.number - 1)::smallint AS sentence_ordinal, s.section, s.text AS sentence,
  s.range_start, s.range_end, s.status, s.reason, s.highest_confidence,
  (SELECT count(*) FROM unnest(g.region_sentences) AS r WHERE r = s.number - 1) AS region_count,
  grounded.generator_boxes_of(g.generator_boxes, g.generator_box_counts, s.number) AS generator_boxes,
  s.raw_scores,
  n.name AS grounder_name, n.version AS grounder_version, n.weights_sha256,
  n.threshold, n.fusion_iou, n.precision, n.device,
  c.name AS campaign, p.topic, p.partition, g.source_offset AS message_offset,
  g.grounding_id, g.event_id, g.event_time, g.committed_at
FROM grounded.grounding g
CROSS JOIN LATERAL unnest(g.sentence_statuses, g.sentence_texts, g.sentence_sections,
    g.sentence_starts, g.sentence_ends, g.sentence_reasons, g.highest_confidences, g.raw_scores)
  WITH ORDINALITY AS s (status, text, section, range_start, range_end, reason, highest_confidence,
    raw_scores, number)
JOIN grounded.grounder n ON n.id = g.grounder
JOIN grounded.position p ON p.id = g.source
JOIN grounded.campaign c ON c.id = p.campaign;

CREATE VIEW grounded.audit_region AS
SELECT
  g.report_id, g.study_instance_uid, g.accession_number,
  g.generator_name, g.generator_version, g.generator_mode,
  r.sentence AS sentence_ordinal, g.sentence_sections[r.sentence + 1] AS section,
  g.sentence_texts[r.sentence + 1] AS sentence,
  g.sentence_starts[r.sentence + 1] AS range_start, g.sentence_ends[r.sentence + 1] AS range_end,
  (r.number - array_position(g.region_sentences, r.sentence))::smallint AS region_ordinal,
  g.image_ids[r.image + 1] AS image_id, g.image_views[r.image + 1] AS image_view,
  g.image_sop_instance_uids[r.image + 1] AS sop_instance_uid,
  g.image_widths[r.image + 1] AS image_width, g.image_heights[r.image + 1] AS image_height,
  g.region_boxes[4 * r.number - 3] AS x_min, g.region_boxes[4 * r.number - 2] AS y_min,
  g.region_boxes[4 * r.number - 1] AS x_max, g.region_boxes[4 * r.number] AS y_max,
  g.region_pixels[4 * r.number - 3] AS pixel_x_min, g.region_pixels[4 * r.number - 2] AS pixel_y_min,
  g.region_pixels[4 * r.number - 1] AS pixel_x_max, g.region_pixels[4 * r.number] AS pixel_y_max,
  r.confidence, r.fused_queries,
  grounded.generator_boxes_of(g.generator_boxes, g.generator_box_counts, r.sentence + 1) AS generator_boxes,
  n.name AS grounder_name, n.version AS grounder_version, n.weights_sha256,
  n.threshold, n.fusion_iou, n.precision, n.device,
  c.name AS campaign, p.topic, p.partition, g.source_offset AS message_offset,
  g.grounding_id, g.event_id, g.event_time, g.committed_at
FROM grounded.grounding g
CROSS JOIN LATERAL unnest(g.region_sentences, g.region_images, g.region_confidences,
    g.region_fused_queries)
  WITH ORDINALITY AS r (sentence, image, confidence, fused_queries, number)
JOIN grounded.grounder n ON n.id = g.grounder
JOIN grounded.position p ON p.id = g.source
JOIN grounded.campaign c ON c.id = p.campaign;

CREATE VIEW grounded.audit_image AS
SELECT
  g.report_id, g.study_instance_uid, g.accession_number,
  (i.number - 1)::smallint AS image_ordinal, i.image_id, i.view AS image_view, i.sop_instance_uid,
  i.uri, i.sha256, i.width AS image_width, i.height AS image_height,
  c.name AS campaign, p.topic, p.partition, g.source_offset AS message_offset,
  g.grounding_id, g.committed_at
FROM grounded.grounding g
CROSS JOIN LATERAL unnest(g.image_ids, g.image_views, g.image_sop_instance_uids, g.image_uris,
    g.image_sha256s, g.image_widths, g.image_heights)
  WITH ORDINALITY AS i (image_id, view, sop_instance_uid, uri, sha256, width, height, number)
JOIN grounded.position p ON p.id = g.source
JOIN grounded.campaign c ON c.id = p.campaign;

CREATE VIEW grounded.audit_rejection AS
SELECT
  x.code, x.stage, x.message, x.report_id,
  c.name AS campaign, p.topic, p.partition, x.source_offset AS message_offset,
  x.original_bytes, x.original, x.header_names, x.header_values, x.rejected_at
FROM grounded.rejection x
JOIN grounded.position p ON p.id = x.source
JOIN grounded.campaign c ON c.id = p.campaign;

CREATE VIEW grounded.latest_grounding AS
SELECT DISTINCT ON (g.report_id, p.campaign)
  g.report_id, g.study_instance_uid, g.accession_number,
  g.generator_name, g.generator_version, g.generator_mode,
  g.image_count, g.sentence_count, g.region_count,
  n.name AS grounder_name, n.version AS grounder_version, n.weights_sha256,
  n.threshold, n.fusion_iou, n.precision, n.device,
  c.name AS campaign, p.topic, p.partition, g.source_offset AS message_offset,
  g.grounding_id, g.event_id, g.event_time, g.committed_at
FROM grounded.grounding g
JOIN grounded.grounder n ON n.id = g.grounder
JOIN grounded.position p ON p.id = g.source
JOIN grounded.campaign c ON c.id = p.campaign
ORDER BY g.report_id, p.campaign, g.committed_at DESC, p.topic, p.partition, g.source_offset DESC;

CREATE VIEW grounded.grounding_change AS
WITH summary AS (
  SELECT
    l.report_id, l.campaign, l.grounding_id, l.grounder_name, l.grounder_version, l.weights_sha256,
    l.threshold, l.fusion_iou, (s.number - 1)::smallint AS ordinal, s.section, s.range_start,
    s.range_end, s.text, s.status, s.highest_confidence,
    (SELECT count(*) FROM unnest(g.region_sentences) AS r WHERE r = s.number - 1) AS region_count
  FROM grounded.latest_grounding l
  JOIN grounded.grounding g USING (grounding_id)
  CROSS JOIN LATERAL unnest(g.sentence_statuses, g.sentence_texts, g.sentence_sections,
      g.sentence_starts, g.sentence_ends, g.highest_confidences)
    WITH ORDINALITY AS s (status, text, section, range_start, range_end, highest_confidence, number)
)
SELECT
  a.report_id, a.ordinal AS sentence_ordinal, a.section, a.text AS sentence,
  a.campaign AS campaign_before, b.campaign AS campaign_after,
  a.grounder_name AS grounder_before, b.grounder_name AS grounder_after,
  a.grounder_version AS grounder_version_before, b.grounder_version AS grounder_version_after,
  a.weights_sha256 AS weights_sha256_before, b.weights_sha256 AS weights_sha256_after,
  a.threshold AS threshold_before, b.threshold AS threshold_after,
  a.status AS status_before, b.status AS status_after,
  a.highest_confidence AS confidence_before, b.highest_confidence AS confidence_after,
  a.region_count AS regions_before, b.region_count AS regions_after,
  a.grounding_id AS grounding_id_before, b.grounding_id AS grounding_id_after
FROM summary a
JOIN summary b
  ON b.report_id = a.report_id AND b.ordinal = a.ordinal AND b.text IS NOT DISTINCT FROM a.text
  AND b.campaign <> a.campaign;

COMMENT ON VIEW grounded.audit_sentence IS
  'A row a sentence of every grounding, also of sentences without a box.';
COMMENT ON VIEW grounded.audit_region IS 'A row a box.';
COMMENT ON VIEW grounded.audit_image IS 'A row an image of every grounding.';
COMMENT ON VIEW grounded.audit_rejection IS 'A row a message that was rejected.';
COMMENT ON VIEW grounded.latest_grounding IS
  'For each report and campaign its newest grounding: a report may come more than once.';
COMMENT ON VIEW grounded.grounding_change IS
  'Sentences of the newest groundings of two campaigns side by side. Name both: WHERE campaign_before = … AND campaign_after = ….';

-- One meaning for a name, in every view that has the column.
CREATE FUNCTION pg_temp.describe(column_name text, meaning text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  place record;
BEGIN
  FOR place IN
    SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'grounded'::regnamespace AND c.relkind = 'v' AND a.attname = column_name
  LOOP
    EXECUTE format('COMMENT ON COLUMN grounded.%I.%I IS %L', place.relname, column_name, meaning);
  END LOOP;
END $$;

SELECT pg_temp.describe(name, meaning) FROM (VALUES
  ('report_id', 'The generator''s name for the report; null where a rejected message did not say.'),
  ('study_instance_uid', 'DICOM Study Instance UID, if the generator gave it.'),
  ('accession_number', 'Accession number, if the generator gave it.'),
  ('generator_name', 'What wrote the report.'),
  ('generator_version', 'Its version.'),
  ('generator_mode', 'How it was asked, such as findings.'),
  ('sentence_ordinal', 'Place of the sentence in the report, from 0.'),
  ('section', 'Section of the report that the sentence stands in.'),
  ('sentence', 'The sentence; null once erased.'),
  ('range_start', 'First character of the sentence in its section, in Unicode scalars from 0.'),
  ('range_end', 'One past the last character of the sentence in its section.'),
  ('status', 'grounded: has boxes; none: the model found none; skipped: not asked; failed: the model could not say.'),
  ('reason', 'Why a sentence was skipped or failed.'),
  ('highest_confidence', 'The most confident query''s confidence, 0 to 1, also below the threshold.'),
  ('region_count', 'How many boxes there are; none once erased.'),
  ('image_count', 'How many images the report came with.'),
  ('sentence_count', 'How many sentences the report has.'),
  ('generator_boxes', 'The generator''s own boxes as fractions: x_min, y_min, x_max, y_max, one after the other; null when it gave none.'),
  ('raw_scores', 'Scores before threshold and fusion; see grounded.grounding.raw_scores.'),
  ('region_ordinal', 'Place among the sentence''s boxes, best first, from 0.'),
  ('image_id', 'The generator''s name for the image.'),
  ('image_ordinal', 'Place of the image in the message, from 0.'),
  ('uri', 'Address of the image, as the generator gave it; null once erased.'),
  ('sha256', 'SHA-256 of the image''s bytes.'),
  ('image_view', 'Projection, such as PA, if the generator gave it.'),
  ('sop_instance_uid', 'DICOM SOP Instance UID of the image, if the generator gave it.'),
  ('image_width', 'Width of the original image in pixels.'),
  ('image_height', 'Height of the original image in pixels.'),
  ('x_min', 'Left edge as a fraction of the image''s width.'),
  ('y_min', 'Upper edge as a fraction of the image''s height.'),
  ('x_max', 'Right edge as a fraction of the image''s width.'),
  ('y_max', 'Lower edge as a fraction of the image''s height.'),
  ('pixel_x_min', 'Left edge in whole pixels of the original image.'),
  ('pixel_y_min', 'Upper edge in whole pixels of the original image.'),
  ('pixel_x_max', 'Right edge in whole pixels of the original image.'),
  ('pixel_y_max', 'Lower edge in whole pixels of the original image.'),
  ('confidence', 'The model''s confidence in the box, 0 to 1.'),
  ('fused_queries', 'How many of the model''s boxes were merged into this one.'),
  ('grounder_name', 'The model that drew the box.'),
  ('grounder_version', 'Its version.'),
  ('weights_sha256', 'SHA-256 of the weights.'),
  ('threshold', 'Confidence from which on a query''s box counts.'),
  ('fusion_iou', 'Overlap above which boxes are merged.'),
  ('precision', 'Arithmetic that the model ran in.'),
  ('device', 'What it ran on.'),
  ('campaign', 'The run that the row belongs to; live work is "live".'),
  ('topic', 'Topic of the message.'),
  ('partition', 'Partition of the message.'),
  ('message_offset', 'Offset of the message.'),
  ('grounding_id', 'Computed from source position, campaign and grounder: the same work has the same id.'),
  ('event_id', 'Id of the message''s event.'),
  ('event_time', 'Time of the message''s event (RFC 3339), as its sender gave it.'),
  ('committed_at', 'When the row came into the ledger.'),
  ('code', 'Stable code of the reason.'),
  ('stage', 'Where the message failed: read, decide, fetch, decode, model.'),
  ('message', 'The reason in words, free of report text.'),
  ('original_bytes', 'Size of the message in bytes.'),
  ('original', 'The message as it came; null when it had no value, when it was longer than 4 MiB, and once erased.'),
  ('header_names', 'Names of the message''s headers, in order.'),
  ('header_values', 'Values of the message''s headers, in order.'),
  ('rejected_at', 'When the rejection came into the ledger.'),
  ('campaign_before', 'The campaign on the left.'),
  ('campaign_after', 'The campaign on the right.'),
  ('grounder_before', 'Model of the campaign on the left.'),
  ('grounder_after', 'Model of the campaign on the right.'),
  ('grounder_version_before', 'Its version, left.'),
  ('grounder_version_after', 'Its version, right.'),
  ('weights_sha256_before', 'SHA-256 of its weights, left.'),
  ('weights_sha256_after', 'SHA-256 of its weights, right.'),
  ('threshold_before', 'Threshold, left.'),
  ('threshold_after', 'Threshold, right.'),
  ('status_before', 'Status of the sentence, left.'),
  ('status_after', 'Status of the sentence, right.'),
  ('confidence_before', 'Highest confidence, left.'),
  ('confidence_after', 'Highest confidence, right.'),
  ('regions_before', 'Number of boxes, left.'),
  ('regions_after', 'Number of boxes, right.'),
  ('grounding_id_before', 'Grounding, left.'),
  ('grounding_id_after', 'Grounding, right.')
) AS meanings (name, meaning);
