-- What waits for a recipient is not sent any more. $1 recipient key
delete from mails where recipient_key = $1
