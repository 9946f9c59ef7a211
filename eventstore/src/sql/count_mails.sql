-- How many mails have not been handed over.
select count(*) from mails
