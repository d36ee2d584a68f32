-- 1. Which boxes does a report have, and what drew them?
SELECT sentence, image_id, x_min, y_min, x_max, y_max, confidence, grounder_name, grounder_version,
  weights_sha256, threshold, campaign, topic, partition, message_offset
FROM grounded.audit_region WHERE report_id = 'r-0' ORDER BY sentence_ordinal, region_ordinal;

-- 2. Which sentences of a report have no box, and why?
SELECT sentence_ordinal, sentence, status, reason, highest_confidence
FROM grounded.audit_sentence WHERE report_id = 'r-0' AND status <> 'grounded'
ORDER BY sentence_ordinal;

-- 3. What does the newest grounding of every report of a study say?
SELECT report_id, campaign, grounder_name, sentence_count, region_count, committed_at
FROM grounded.latest_grounding WHERE study_instance_uid = '1.2.9' ORDER BY committed_at DESC;

-- 4. Which messages were rejected lately, and for what?
SELECT code, stage, count(*) AS messages, max(rejected_at) AS last
FROM grounded.audit_rejection WHERE rejected_at > now() - interval '7 days'
GROUP BY code, stage ORDER BY messages DESC;

-- 5. How often does each generator write sentences that are found nowhere?
SELECT generator_name, generator_version, count(*) AS sentences,
  round(avg((status = 'none')::int), 3) AS share_without_box
FROM grounded.audit_sentence WHERE campaign = 'live' AND status IN ('grounded', 'none')
GROUP BY generator_name, generator_version ORDER BY share_without_box DESC;

-- 6. Which boxes were only just confident enough?
SELECT report_id, sentence, confidence, threshold
FROM grounded.audit_region WHERE campaign = 'live' AND confidence < threshold + 0.02
ORDER BY committed_at DESC LIMIT 100;

-- 7. Which models, thresholds and devices have drawn boxes, when, and how many?
SELECT grounder_name, grounder_version, weights_sha256, threshold, fusion_iou, precision, device,
  count(*) AS regions, min(committed_at) AS first, max(committed_at) AS last
FROM grounded.audit_region
GROUP BY grounder_name, grounder_version, weights_sha256, threshold, fusion_iou, precision, device;

-- 8. Where would another model have decided otherwise?
SELECT report_id, sentence, status_before, status_after, confidence_before, confidence_after
FROM grounded.grounding_change
WHERE campaign_before = 'live' AND campaign_after = 'replay'
  AND status_before IS DISTINCT FROM status_after
ORDER BY abs(confidence_after - confidence_before) DESC LIMIT 100;

-- 9. How far is our box from the generator's own?
SELECT report_id, sentence, x_min, y_min, x_max, y_max,
  generator_boxes[1] AS their_x_min, generator_boxes[2] AS their_y_min,
  generator_boxes[3] AS their_x_max, generator_boxes[4] AS their_y_max
FROM grounded.audit_region WHERE cardinality(generator_boxes) = 4
ORDER BY committed_at DESC LIMIT 100;

-- 10. What was erased, by whom, when and why?
SELECT report_id, reason, groundings, rejections, unpublished, erased_by, erased_at
FROM grounded.erasure ORDER BY erased_at DESC;
