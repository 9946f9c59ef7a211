//! Every statement about builds, checkpoints, leases and parked events. One file each under `sql/`.

macro_rules! statements {
    ($($name:ident = $file:literal;)+) => {
        $(pub(crate) const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)+
    };
}

statements! {
    ADOPT_CHECKPOINTS = "adopt_checkpoints";
    BEGIN_BATCH = "begin_batch";
    BEGIN_DDL = "begin_ddl";
    BEGIN_DROP = "begin_drop";
    BEGIN_FLIP = "begin_flip";
    BEGIN_SNAPSHOT = "begin_snapshot";
    COMMIT = "commit";
    COMPOSE_MISSING_WALLS = "compose_missing_walls";
    COPY_TABLE = "copy_table";
    CREATE_SCHEMA = "create_schema";
    DELETE_BUILD = "delete_build";
    DELETE_HALTS = "delete_halts";
    DROP_SCHEMA = "drop_schema";
    FIND_ABANDONED = "find_abandoned";
    FIND_LIVE = "find_live";
    FIND_WORK = "find_work";
    GRANT_SCHEMA = "grant_schema";
    INSERT_BUILD = "insert_build";
    IS_EMPTY_SYSTEM = "is_empty_system";
    KEEP_LEASES = "keep_leases";
    KEEP_REBUILD_LEASE = "keep_rebuild_lease";
    LIST_TABLES = "list_tables";
    LOCK_BUILD = "lock_build";
    LOCK_BUILDS = "lock_builds";
    MINT_OWNER = "mint_owner";
    MOVE_CHECKPOINTS = "move_checkpoints";
    MOVE_IDLE_CHECKPOINTS = "move_idle_checkpoints";
    PARK_EVENTS = "park_events";
    READ_BUILDS = "read_builds";
    READ_CHECKPOINT = "read_checkpoint";
    READ_CHECKPOINTS = "read_checkpoints";
    READ_PARKED = "read_parked";
    READ_PARKED_STREAMS = "read_parked_streams";
    READ_POINTERS = "read_pointers";
    READ_STATUS = "read_status";
    RECORD_HALT = "record_halt";
    RELEASE_LEASES = "release_leases";
    REOPEN_BUILD = "reopen_build";
    RETIRE_BUILD = "retire_build";
    ROLLBACK = "rollback";
    SERVE_BUILD = "serve_build";
}
