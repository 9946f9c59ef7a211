-- Appends a batch to every ledger whose head is still where the lane believes it is.
-- $1-$5  heads: tenant, old position, old hash, new position, new hash (tenants distinct)
-- $6-$20 events; $21-$23 tags; $24-$31 command log; $32-$35 contents
-- Returns the tenants that advanced. A tenant that does not come back was stale and wrote nothing.
-- Isolation: READ COMMITTED. The row lock is taken in tenant order, so that lanes never deadlock; position
-- and hash are compared on the locked version, so nobody else appended since the lane looked.
with heads as (
  select * from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[])
    as h (tenant_id, old_position, old_hash, new_position, new_hash)
), held as (
  select l.tenant_id
  from ledgers l
  join heads h on h.tenant_id = l.tenant_id and h.old_position = l.position and h.old_hash = l.hash
  order by l.tenant_id
  for update of l
), advanced as (
  update ledgers l
  set position = h.new_position, hash = h.new_hash
  from heads h
  join held using (tenant_id)
  where l.tenant_id = h.tenant_id
  returning l.tenant_id
), new_events as (
  insert into events (tenant_id, position, stream, stream_id, revision, event_id, wire_name, recorded_at, actor,
                      authority, command_id, causation_id, correlation_id, payload, hash)
  select e.*
  from unnest($6::uuid[], $7::bigint[], $8::bytea[], $9::text[], $10::bigint[], $11::uuid[], $12::text[],
              $13::timestamptz[], $14::text[], $15::text[], $16::uuid[], $17::uuid[], $18::uuid[], $19::bytea[],
              $20::bytea[]) as e (tenant_id, position, stream, stream_id, revision, event_id, wire_name, recorded_at,
                                  actor, authority, command_id, causation_id, correlation_id, payload, hash)
  join advanced a on a.tenant_id = e.tenant_id
), new_tags as (
  insert into event_tags (tenant_id, tag, position)
  select t.*
  from unnest($21::uuid[], $22::text[], $23::bigint[]) as t (tenant_id, tag, position)
  join advanced a on a.tenant_id = t.tenant_id
), new_commands as (
  insert into command_log (tenant_id, command_id, request_hash, outcome, first_position, last_position, result, seal)
  select c.*
  from unnest($24::uuid[], $25::uuid[], $26::bytea[], $27::text[], $28::bigint[], $29::bigint[], $30::bytea[],
              $31::bytea[]) as c (tenant_id, command_id, request_hash, outcome, first_position, last_position, result,
                                  seal)
  join advanced a on a.tenant_id = c.tenant_id
), new_contents as (
  insert into contents (tenant_id, content_id, salt, bytes)
  select c.*
  from unnest($32::uuid[], $33::uuid[], $34::bytea[], $35::bytea[]) as c (tenant_id, content_id, salt, bytes)
  join advanced a on a.tenant_id = c.tenant_id
)
select tenant_id from advanced
