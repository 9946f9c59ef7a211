//! Every statement about builds, checkpoints, leases and parked events. One file each under `sql/`.

macro_rules! statements {
    ($($name:ident = $file:literal;)+) => {
        $(pub(crate) const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)+
    };
}

statements! {
    BEGIN_DDL = "begin_ddl";
    COMMIT = "commit";
    CREATE_SCHEMA = "create_schema";
    DELETE_BUILD = "delete_build";
    DROP_SCHEMA = "drop_schema";
    FIND_LIVE = "find_live";
    GRANT_SCHEMA = "grant_schema";
    INSERT_BUILD = "insert_build";
    IS_EMPTY_SYSTEM = "is_empty_system";
    LOCK_BUILDS = "lock_builds";
    READ_BUILDS = "read_builds";
    READ_CHECKPOINT = "read_checkpoint";
    ROLLBACK = "rollback";
}
