select request_hash from command_log
