-- As in a cluster that has never seen a migration.
drop role cinatra_owner, cinatra_ledger, cinatra_reader
