-- What a node inserts that does not know the later columns.
insert into tokens (token_hash, tenant_id, actor, role)
values (decode(repeat('ab', 32), 'hex'), '00000000-0000-0000-0000-00000000acae', 'service:bootstrap-admin',
        'platform_admin')
