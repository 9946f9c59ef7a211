update projection_builds set code_hash = decode(repeat('ab', 32), 'hex') where name = 'extension_catalog'
