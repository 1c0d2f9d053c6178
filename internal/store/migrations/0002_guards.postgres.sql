CREATE FUNCTION binders_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a binder is never deleted' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'the id of a binder never changes' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.organization_id <> OLD.organization_id AND
     (SELECT state FROM organizations WHERE id = NEW.organization_id) NOT IN ('live','trashed') THEN
    RAISE EXCEPTION 'a binder may only be given to a live or trashed organization' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER binders_guard BEFORE UPDATE OR DELETE ON binders FOR EACH ROW EXECUTE FUNCTION binders_guard();
CREATE FUNCTION organizations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'merged' AND EXISTS (SELECT 1 FROM binders WHERE organization_id = NEW.id) THEN
    RAISE EXCEPTION 'an organization that owns a binder cannot become merged' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER organizations_guard BEFORE UPDATE OF state ON organizations FOR EACH ROW EXECUTE FUNCTION organizations_guard();
