-- Why: neither the daemon nor an auditor can change history. grounded_writer adds to the ledger and moves
-- positions; grounded_auditor reads. Give them to the users that log in: GRANT grounded_writer TO ….

DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['grounded_writer', 'grounded_auditor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role);
      EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's migration was faster
        WHEN insufficient_privilege THEN
          RAISE EXCEPTION 'role % is missing, and % may not create it', role, current_user
            USING HINT = 'Let an administrator run: CREATE ROLE grounded_writer NOLOGIN; CREATE ROLE grounded_auditor NOLOGIN;',
              ERRCODE = 'insufficient_privilege';
      END;
    END IF;
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA grounded TO grounded_writer, grounded_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA grounded TO grounded_writer;
GRANT INSERT ON
  grounded.campaign, grounded.grounder, grounded.position, grounded.grounding, grounded.rejection,
  grounded.outbox, grounded.outbound_progress
  TO grounded_writer;
GRANT UPDATE ON grounded.position, grounded.outbound_progress TO grounded_writer;
GRANT DELETE ON grounded.outbox, grounded.outbound_progress TO grounded_writer;

GRANT SELECT ON
  grounded.audit_region, grounded.audit_sentence, grounded.audit_image, grounded.audit_rejection,
  grounded.latest_grounding, grounded.grounding_change, grounded.campaign, grounded.grounder,
  grounded.position, grounded.grounding, grounded.rejection, grounded.erasure, grounded.migration
  TO grounded_auditor;
