-- Nothing asks for the revisions of a binder; it was written with each.
DROP INDEX revisions_binder;

-- Only binders that have changed hands are looked for by when. A new one has not.
DROP INDEX binders_changed;
CREATE INDEX binders_changed ON binders (changed_at, id) WHERE changed_at > 0;
