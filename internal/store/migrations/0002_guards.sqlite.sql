CREATE TRIGGER binders_owner_stands BEFORE UPDATE OF organization_id ON binders
WHEN (SELECT state FROM organizations WHERE id = NEW.organization_id) NOT IN ('live','trashed')
BEGIN SELECT RAISE(ABORT, 'a binder may only be given to a live or trashed organization'); END;
CREATE TRIGGER binders_id_stays BEFORE UPDATE OF id ON binders WHEN NEW.id <> OLD.id
BEGIN SELECT RAISE(ABORT, 'the id of a binder never changes'); END;
CREATE TRIGGER binders_stay BEFORE DELETE ON binders
BEGIN SELECT RAISE(ABORT, 'a binder is never deleted'); END;
CREATE TRIGGER organizations_merged_own_nothing BEFORE UPDATE OF state ON organizations
WHEN NEW.state = 'merged' AND EXISTS (SELECT 1 FROM binders WHERE organization_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'an organization that owns a binder cannot become merged'); END;
