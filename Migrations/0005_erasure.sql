-- Why: a patient's report can be made to vanish, by the owner alone, in one command; that it happened
-- stays. Positions, counts and hashes stay as well, so that the ledger still adds up.

CREATE TABLE grounded.erasure (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  report_id text NOT NULL,
  reason text NOT NULL,
  groundings int NOT NULL,
  rejections int NOT NULL,
  unpublished int NOT NULL,
  erased_by text NOT NULL DEFAULT session_user,
  erased_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE grounded.erasure IS
  'That a report was erased: by whom, when and why, and how much there was. Unpublished counts messages that were taken out of the outbox.';

CREATE FUNCTION grounded.erase_report(erased_report text, erased_because text)
RETURNS TABLE (groundings int, rejections int, unpublished int)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(erased_because, '') = '' THEN
    RAISE EXCEPTION 'an erasure needs a reason';
  END IF;
  CREATE TEMPORARY TABLE erased_place ON COMMIT DROP AS
    SELECT g.source, g.source_offset FROM grounded.grounding g WHERE g.report_id = erased_report
    UNION ALL
    SELECT x.source, x.source_offset FROM grounded.rejection x WHERE x.report_id = erased_report;

  UPDATE grounded.grounding g
    SET original = NULL, study_instance_uid = NULL, accession_number = NULL, event_id = NULL,
      traceparent = NULL, image_uris = NULL, image_sop_instance_uids = NULL, image_sha256s = NULL,
      sentence_texts = NULL, sentence_reasons = NULL, highest_confidences = NULL, raw_scores = NULL,
      generator_box_counts = NULL, generator_boxes = NULL, region_sentences = NULL,
      region_images = NULL, region_boxes = NULL, region_pixels = NULL, region_confidences = NULL,
      region_fused_queries = NULL
    WHERE g.report_id = erased_report;
  GET DIAGNOSTICS groundings = ROW_COUNT;
  UPDATE grounded.rejection x SET original = NULL, header_values = NULL
    WHERE x.report_id = erased_report;
  GET DIAGNOSTICS rejections = ROW_COUNT;
  DELETE FROM grounded.outbox o USING pg_temp.erased_place e
    WHERE o.source = e.source AND o.source_offset = e.source_offset;
  GET DIAGNOSTICS unpublished = ROW_COUNT;
  DROP TABLE pg_temp.erased_place;

  INSERT INTO grounded.erasure (report_id, reason, groundings, rejections, unpublished)
    VALUES (erased_report, erased_because, groundings, rejections, unpublished);
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION grounded.erase_report IS
  'Removes text, boxes, the original message, study identifiers and unpublished messages of a report, and records that it did. A daemon that has a message in its hands at that moment may still publish it. VACUUM FULL afterwards, and expired backups, remove the last copies.';
REVOKE ALL ON FUNCTION grounded.erase_report FROM PUBLIC;
