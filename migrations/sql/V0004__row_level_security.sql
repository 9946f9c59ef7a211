-- The second wall between organizations: whoever reads for one sees the rows of no other, whatever the statement says.
-- The first wall is the statement's own filter; why it is not enough, and who stands outside, says ADR-0008.
-- Runs as cinatra_owner. `force` binds the owner too; nobody of ours may bypass.
--   runner  cinatra_ledger works for all organizations and says so.
--   viewer  cinatra_reader sees the organization that its transaction named. Without a name the setting is unknown
--           (42704) or, later in the session, empty, which is no uuid (22P02): an error, never a row.
--   keeper  cinatra_owner sees the heads, so that what refuses to change them is still their trigger, and says so.

alter table ledgers enable row level security, force row level security;
create policy runner on ledgers to cinatra_ledger using (true) with check (true);
create policy viewer on ledgers for select to cinatra_reader using (tenant_id = current_setting('app.tenant')::uuid);
create policy keeper on ledgers to cinatra_owner using (true) with check (true);

alter table events enable row level security, force row level security;
create policy runner on events to cinatra_ledger using (true) with check (true);
create policy viewer on events for select to cinatra_reader using (tenant_id = current_setting('app.tenant')::uuid);

alter table event_tags enable row level security, force row level security;
create policy runner on event_tags to cinatra_ledger using (true) with check (true);
create policy viewer on event_tags for select to cinatra_reader using (tenant_id = current_setting('app.tenant')::uuid);

alter table command_log enable row level security, force row level security;
create policy runner on command_log to cinatra_ledger using (true) with check (true);
create policy viewer on command_log for select to cinatra_reader using (tenant_id = current_setting('app.tenant')::uuid);

alter table contents enable row level security, force row level security;
create policy runner on contents to cinatra_ledger using (true) with check (true);
create policy viewer on contents for select to cinatra_reader using (tenant_id = current_setting('app.tenant')::uuid);

alter table projection_checkpoints enable row level security, force row level security;
create policy runner on projection_checkpoints to cinatra_ledger using (true) with check (true);
create policy viewer on projection_checkpoints for select to cinatra_reader
  using (tenant_id = current_setting('app.tenant')::uuid);

alter table projection_parked enable row level security, force row level security;
create policy runner on projection_parked to cinatra_ledger using (true) with check (true);
create policy viewer on projection_parked for select to cinatra_reader
  using (tenant_id = current_setting('app.tenant')::uuid);

-- A credential is looked up before anybody knows whose it is, by the ledger role; who reads for an organization needs none.
alter table tokens enable row level security, force row level security;
create policy runner on tokens to cinatra_ledger using (true) with check (true);
revoke select on tokens from cinatra_reader;

-- Whose worker runs what is nothing to a caller.
revoke select on projection_leases from cinatra_reader;
