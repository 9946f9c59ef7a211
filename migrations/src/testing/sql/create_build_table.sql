-- In a build schema the ledger role may.
create table p_catalog_1.rows ()
