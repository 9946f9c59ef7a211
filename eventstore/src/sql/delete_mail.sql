-- A mail was handed over. $1 mail id. Returns it when it was there.
delete from mails where mail_id = $1 returning mail_id
