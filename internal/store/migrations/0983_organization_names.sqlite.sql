-- Lists by name have an index of the live ones (0810). Nearly all are live: the
-- others need no more than one of themselves.
DROP INDEX organizations_name;
CREATE INDEX organizations_gone_names ON organizations (state, name_key, id) WHERE state <> 'live';
