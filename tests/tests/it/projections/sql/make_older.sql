update projection_builds set version = version - 1 where name = 'extension_catalog'
