-- What the command log knows of some commands. $1 tenants, $2 command ids, in pairs.
select c.tenant_id, c.command_id, c.request_hash, c.outcome, c.first_position, c.last_position, c.result
from unnest($1::uuid[], $2::uuid[]) as k (tenant_id, command_id)
join command_log c on c.tenant_id = k.tenant_id and c.command_id = k.command_id
