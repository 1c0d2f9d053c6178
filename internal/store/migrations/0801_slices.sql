-- What lists that are paged by number walk and count: the live organizations
-- and the items of a kind, each by id and from the index alone. Ids rise, so
-- that both only grow at their end. state and trashed_by stand in them so that
-- SQLite reads nothing else.
CREATE INDEX organizations_live ON organizations (id, state, name_key) WHERE state = 'live';
CREATE INDEX organizations_gone ON organizations (id, state) WHERE state <> 'live';
CREATE INDEX items_of_kind ON items (kind, id, binder_id, restricted, archived, type_id, status, trashed_by) WHERE trashed_by IS NULL;
