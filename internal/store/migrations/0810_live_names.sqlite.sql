-- Without the organization that holds what belongs to nobody: every list leaves
-- it out, and would look at the id of each one it passes over.
DROP INDEX organizations_live_names;
CREATE INDEX organizations_live_names ON organizations (name_key, id) WHERE state = 'live' AND id <> 1;
