select build from projection_builds where name = 'extension_catalog' and state = 'live'
