-- Secrets that were replaced ended a second ago.
update tokens set ends_at = now() - interval '1 second' where ends_at is not null
