-- Accounts of other systems that were copied from, and the key to each while its copy runs.
CREATE TABLE copy_sources (
  id BIGINT PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  key_sealed BYTEA,
  created_at BIGINT NOT NULL
) {{strict}};

-- Which record there is which of ours. local_id is the id of an organization (and so
-- of its home binder), an item, a row of a list, a type or a file; hash says how the
-- record was when it was last taken over, version ours after that. A tie outlives the
-- record: what was deleted here does not come again.
CREATE TABLE copy_ties (
  source_id BIGINT NOT NULL REFERENCES copy_sources(id),
  resource TEXT NOT NULL,
  external_id TEXT NOT NULL,
  local_id BIGINT NOT NULL,
  hash TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (source_id, resource, external_id)
) {{strict}};
CREATE INDEX copy_ties_local ON copy_ties (local_id, resource);
