-- By name, as most people list organizations: an index alone, in its order.
CREATE INDEX organizations_live_names ON organizations (name_key, id) WHERE state = 'live';
