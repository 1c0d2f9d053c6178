-- What the demo made, by the id that all records share: so that it can be taken
-- away again, and nothing else with it. what says in which table it is, run
-- which operation made it, place which organization of that run it is, version
-- how the record was when the demo left it.
CREATE TABLE demo_records (
  record_id BIGINT PRIMARY KEY,
  what TEXT NOT NULL CHECK (what IN ('organization','item','file','entry','type','user','group')),
  run BIGINT NOT NULL DEFAULT 0,
  place BIGINT NOT NULL DEFAULT 0,
  version BIGINT NOT NULL DEFAULT 1
) {{strict}};
CREATE INDEX demo_records_what ON demo_records (what, run, place);
