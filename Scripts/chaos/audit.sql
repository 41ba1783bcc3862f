-- Notes every change of a job's state or fence and every publication inside the transaction that makes it, with the name
-- of the connection that did. What was rolled back is not in it.
CREATE TABLE chaos_audit (
    n BIGSERIAL PRIMARY KEY, at DOUBLE PRECISION NOT NULL DEFAULT extract(epoch FROM clock_timestamp()),
    who TEXT NOT NULL DEFAULT current_setting('application_name'), job TEXT, video TEXT NOT NULL, kind TEXT NOT NULL,
    old_state TEXT, new_state TEXT, fence BIGINT, worker_deaths_added BIGINT, publication TEXT);

CREATE FUNCTION chaos_note_job() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos_audit (job, video, kind, old_state, new_state, fence, worker_deaths_added)
    VALUES (NEW.id, NEW.video_id, NEW.kind, OLD.state, NEW.state, NEW.fence, NEW.worker_deaths - OLD.worker_deaths);
    RETURN NULL;
END $$;
CREATE TRIGGER chaos_jobs AFTER UPDATE ON jobs FOR EACH ROW
    WHEN (OLD.state <> NEW.state OR OLD.fence <> NEW.fence) EXECUTE FUNCTION chaos_note_job();

CREATE FUNCTION chaos_note_publication() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos_audit (job, video, kind, publication) VALUES (NEW.job_id, NEW.id, 'publication', NEW.publication);
    RETURN NULL;
END $$;
CREATE TRIGGER chaos_videos AFTER UPDATE ON videos FOR EACH ROW
    WHEN (NEW.publication IS DISTINCT FROM OLD.publication
        OR NEW.status = 'processed' AND NEW.processed_at IS DISTINCT FROM OLD.processed_at)
    EXECUTE FUNCTION chaos_note_publication();
