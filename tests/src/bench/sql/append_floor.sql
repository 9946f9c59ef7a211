-- One statement a batch: heads, events, a tag each, the commands.
with heads as (
  update floor.ledgers l set position = h.new_position, hash = h.new_hash
  from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[])
    as h (tenant_id, old_position, old_hash, new_position, new_hash)
  where l.tenant_id = h.tenant_id and l.position = h.old_position and l.hash = h.old_hash
  returning l.tenant_id
), new_events as (
  insert into floor.events
  select * from unnest($6::uuid[], $7::bigint[], $8::bytea[], $9::text[], $10::bigint[], $11::uuid[], $12::text[],
                       $13::timestamptz[], $14::text[], $15::text[], $16::uuid[], $17::uuid[], $18::uuid[],
                       $19::bytea[], $20::bytea[])
), new_tags as (
  insert into floor.event_tags select * from unnest($6::uuid[], $21::text[], $7::bigint[])
), new_commands as (
  insert into floor.command_log
  select *, decode(repeat('07', 32), 'hex')
  from unnest($22::uuid[], $23::uuid[], $24::bytea[], $25::text[], $26::bigint[], $27::bigint[], $28::bytea[])
)
select tenant_id from heads
