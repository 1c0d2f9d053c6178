-- A chain over the activity log: each link holds the hash of the one before and
-- of its event, so that an event that is altered or taken out later shows.
CREATE TABLE activity_chain (
  position BIGINT PRIMARY KEY,
  event_id BIGINT NOT NULL UNIQUE REFERENCES activity(id),
  hash TEXT NOT NULL
) {{strict}};
