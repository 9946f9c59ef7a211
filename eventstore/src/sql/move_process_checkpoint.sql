-- A process has handled a ledger up to a position, if it still stood where the caller believes; without a row at 0.
-- $1 tenant, $2 name, $3 from, $4 to. Returns whether it moved.
-- Isolation: the row's position is compared on its locked version, and a first row is inserted once.
with moved as (
  update process_checkpoints set position = $4 where tenant_id = $1 and name = $2 and position = $3
  returning position
), created as (
  insert into process_checkpoints (tenant_id, name, position)
  select $1, $2, $4 where $3 = 0::bigint
  on conflict (tenant_id, name) do nothing
  returning position
)
select exists (select from moved) or exists (select from created)
