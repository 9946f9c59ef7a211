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
    CLEAR_ATTEMPTS_OF_ACCOUNT = "clear_attempts_of_account";
    CLEAR_ATTEMPTS = "clear_attempts";
    COMMIT = "commit";
    COUNT_ATTEMPTS = "count_attempts";
    COUNT_MAILS = "count_mails";
    COUNT_SECRETS = "count_secrets";
    CREATE_FIRST_TOKEN = "create_first_token";
    CREATE_LEDGER = "create_ledger";
    DELETE_CHALLENGE = "delete_challenge";
    DELETE_CHALLENGES_OF = "delete_challenges_of";
    DELETE_CHALLENGES_OF_INVITATION = "delete_challenges_of_invitation";
    DELETE_EXPIRED_CHALLENGES = "delete_expired_challenges";
    DELETE_MAIL = "delete_mail";
    DELETE_MAILS_OF = "delete_mails_of";
    DELETE_PASSWORD = "delete_password";
    DELETE_SECRET = "delete_secret";
    DELETE_TOKENS_OF = "delete_tokens_of";
    END_ACCOUNT_TOKENS = "end_account_tokens";
    END_EXPIRED_SESSIONS = "end_expired_sessions";
    END_SESSION = "end_session";
    END_SESSIONS_OF = "end_sessions_of";
    END_SESSION_BY_HASH = "end_session_by_hash";
    ERASE_CONTENTS = "erase_contents";
    FIND_CHALLENGE = "find_challenge";
    FIND_SESSION = "find_session";
    FIND_TOKEN = "find_token";
    LEAVE_ORGANIZATION = "leave_organization";
    LIST_LEDGERS_BEHIND_TAG = "list_ledgers_behind_tag";
    LIST_LEDGERS_WITH_TAG = "list_ledgers_with_tag";
    LIST_SECRETS = "list_secrets";
    LIST_SESSIONS = "list_sessions";
    LIST_TOKENS = "list_tokens";
    LOCK_HEADS = "lock_heads";
    MOVE_PROCESS_CHECKPOINT = "move_process_checkpoint";
    NEXT_MAILS = "next_mails";
    OPEN_SESSION = "open_session";
    PUT_CHALLENGE = "put_challenge";
    PUT_MAIL = "put_mail";
    PUT_PASSWORD = "put_password";
    PUT_SECRET = "put_secret";
    PUT_SECRET_KEY = "put_secret_key";
    PUT_TOKEN = "put_token";
    READ_ALL_HEADS = "read_all_heads";
    READ_BOOTSTRAP_TENANT = "read_bootstrap_tenant";
    READ_BY_TAG = "read_by_tag";
    READ_BY_TAG_AFTER = "read_by_tag_after";
    READ_COMMANDS = "read_commands";
    READ_CONTENT = "read_content";
    READ_CONTENTS = "read_contents";
    READ_HEADS = "read_heads";
    READ_LEDGER = "read_ledger";
    READ_MISSED = "read_missed";
    READ_PASSWORD = "read_password";
    READ_PROCESS_CHECKPOINT = "read_process_checkpoint";
    READ_PROCESS_CHECKPOINTS = "read_process_checkpoints";
    READ_REVISIONS = "read_revisions";
    READ_SECRET = "read_secret";
    READ_SECRET_KEY = "read_secret_key";
    READ_SECRET_KEYS = "read_secret_keys";
    READ_STREAM = "read_stream";
    READ_STREAM_BODIES = "read_stream_bodies";
    READ_TAG_POSITIONS = "read_tag_positions";
    RECORD_ATTEMPT = "record_attempt";
    REPLACE_SESSION = "replace_session";
    RESEAL_SECRET = "reseal_secret";
    REVOKE_ACCOUNT_TOKENS = "revoke_account_tokens";
    REVOKE_BOOTSTRAP_TOKENS = "revoke_bootstrap_tokens";
    REVOKE_TOKEN = "revoke_token";
    REVOKE_TOKENS_OF = "revoke_tokens_of";
    REWRAP_SECRET_KEY = "rewrap_secret_key";
    ROLLBACK = "rollback";
    SEND_CHALLENGE = "send_challenge";
    SET_TENANT = "set_tenant";
    SWEEP_ATTEMPTS = "sweep_attempts";
    TAKE_ATTEMPT_BACK = "take_attempt_back";
    TOUCH_SESSION = "touch_session";
    USE_CHALLENGE = "use_challenge";
    VERIFY_BEYOND_HEAD = "verify_beyond_head";
    VERIFY_COMMANDS = "verify_commands";
    VERIFY_EVENTS = "verify_events";
    VERIFY_TAGS = "verify_tags";
}
