//! Every statement of this crate. One file each under `sql/`.

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)+) => {
        $($(#[$doc])* pub(crate) const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)+

        /// Name and text of every statement, for the test that prepares them all.
        pub const ALL: &[(&str, &str)] = &[$(($file, $name)),+];
    };
}

statements! {
    APPEND_EVENTS = "append_events";
    BEGIN = "begin";
    BEGIN_READ = "begin_read";
    COMMIT = "commit";
    COUNT_SECRETS = "count_secrets";
    CREATE_LEDGER = "create_ledger";
    CREATE_FIRST_TOKEN = "create_first_token";
    DELETE_SECRET = "delete_secret";
    FIND_TOKEN = "find_token";
    LIST_SECRETS = "list_secrets";
    LOCK_HEADS = "lock_heads";
    PUT_SECRET = "put_secret";
    PUT_SECRET_KEY = "put_secret_key";
    READ_ALL_HEADS = "read_all_heads";
    READ_BY_TAG = "read_by_tag";
    READ_COMMANDS = "read_commands";
    READ_CONTENT = "read_content";
    READ_HEADS = "read_heads";
    READ_LEDGER = "read_ledger";
    READ_MISSED = "read_missed";
    READ_REVISIONS = "read_revisions";
    READ_SECRET = "read_secret";
    READ_SECRET_KEY = "read_secret_key";
    READ_SECRET_KEYS = "read_secret_keys";
    READ_STREAM = "read_stream";
    READ_STREAM_BODIES = "read_stream_bodies";
    READ_TAG_POSITIONS = "read_tag_positions";
    RESEAL_SECRET = "reseal_secret";
    REWRAP_SECRET_KEY = "rewrap_secret_key";
    ROLLBACK = "rollback";
    SET_TENANT = "set_tenant";
    VERIFY_BEYOND_HEAD = "verify_beyond_head";
    VERIFY_COMMANDS = "verify_commands";
    VERIFY_EVENTS = "verify_events";
    VERIFY_TAGS = "verify_tags";
}
