-- The pulse of the attempts that work on operations: a number that the process
-- which is at work raises every few seconds. Where it stands still, that
-- process is gone. It is a count and no time, as clocks of machines differ.
CREATE TABLE job_beats (
  operation_id BIGINT PRIMARY KEY REFERENCES operations(id) ON DELETE CASCADE,
  attempt BIGINT NOT NULL,
  beats BIGINT NOT NULL DEFAULT 0
) {{strict}};
