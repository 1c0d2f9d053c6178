-- Who somebody is, and what they may, is asked with every request: the answer
-- is kept until one of these changes.
INSERT INTO counters (name, next) VALUES ('people', 1) ON CONFLICT (name) DO NOTHING;
CREATE TRIGGER users_come AFTER INSERT ON users
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER users_change AFTER UPDATE ON users
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER users_go AFTER DELETE ON users
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER api_keys_come AFTER INSERT ON api_keys
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER api_keys_change AFTER UPDATE ON api_keys
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER api_keys_go AFTER DELETE ON api_keys
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER group_members_come AFTER INSERT ON group_members
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER group_members_change AFTER UPDATE ON group_members
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER group_members_go AFTER DELETE ON group_members
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER group_denials_come AFTER INSERT ON group_denials
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER group_denials_change AFTER UPDATE ON group_denials
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
CREATE TRIGGER group_denials_go AFTER DELETE ON group_denials
BEGIN UPDATE counters SET next = next + 1 WHERE name = 'people'; END;
