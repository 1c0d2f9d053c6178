-- The system's own organization: hidden, never merged, home of what belongs to no client.
INSERT INTO organizations (id, name, name_key, created_at, updated_at) VALUES (1, 'Tenon', 'tenon', 0, 0);
INSERT INTO binders (id, organization_id) VALUES (1, 1);
