-- PostgreSQL has no such index. The step bears the same name on both engines,
-- so that a backup of one is known to the other.
SELECT 1;
