-- Every event of a ledger as the check wants to see it. $1 tenant.
select position, stream_id, revision, wire_name, command_id, actor from events where tenant_id = $1 order by position
