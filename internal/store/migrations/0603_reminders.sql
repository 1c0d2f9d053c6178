-- Who wants to be reminded of expirations, how many days before, and the day of
-- their last look: one mail a day at most.
CREATE TABLE reminder_choices (
  user_id BIGINT PRIMARY KEY REFERENCES users(id),
  days TEXT NOT NULL,
  looked_on TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL
) {{strict}};

-- Of what somebody was reminded already: once for each date and number of days.
CREATE TABLE reminders_sent (
  expiration_id BIGINT NOT NULL REFERENCES expirations(id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL REFERENCES users(id),
  expires_on TEXT NOT NULL,
  days BIGINT NOT NULL,
  sent_at BIGINT NOT NULL,
  PRIMARY KEY (expiration_id, user_id, expires_on, days)
) {{strict}};
CREATE INDEX reminders_sent_user ON reminders_sent (user_id);
