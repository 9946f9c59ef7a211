-- How much stands beside the ledger: contents, passwords, mails, mailed secrets.
select (select count(*) from contents), (select count(*) from passwords), (select count(*) from mails),
       (select count(*) from challenges)
