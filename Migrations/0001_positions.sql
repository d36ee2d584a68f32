-- Why: the consumed position lives where the results live, so that one commit moves both. Kafka's own
-- committed offset is a courtesy. The epoch is a fence: whoever is given a partition raises it, and a
-- process that lost the partition can commit nothing any more.

CREATE TABLE grounded.campaign (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  definition jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE grounded.campaign IS
  'A run over messages with a grounder. Live work is the campaign "live".';
COMMENT ON COLUMN grounded.campaign.definition IS
  'Of a replay: what it goes over and with what, and the offsets that this came to; null for live work.';

CREATE TABLE grounded.position (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign int NOT NULL REFERENCES grounded.campaign,
  topic text NOT NULL,
  partition int NOT NULL,
  epoch bigint NOT NULL DEFAULT 1,
  next_offset bigint CHECK (next_offset >= 0),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (campaign, topic, partition)
) WITH (fillfactor = 50);  -- room for the new version of a row beside the old one
COMMENT ON TABLE grounded.position IS
  'How far a campaign has consumed each partition. Ledger rows name their source by its id.';
COMMENT ON COLUMN grounded.position.epoch IS
  'Raised whenever a process takes the partition over; a commit with an older one is refused.';
COMMENT ON COLUMN grounded.position.next_offset IS
  'The first offset that is not yet in the ledger; null before the first start.';
