-- Adds persons with copies of what they are called, as far as it is still there. $1 rows with the keys of the contents,
-- which are the system's. Text that PostgreSQL cannot hold, because of a NUL, is left out: refusing the row would let an
-- erasure wait behind it. A person who is there already is a history that cannot be: unique violation.
insert into {build}.people (
  user_id, user_type, name, email, is_email_verified, platform_role, is_banned, registered_at, erased_at)
select n.user_id, n.user_type,
       case when n.erased_at is null and position('\x00'::bytea in c.bytes) = 0 then convert_from(c.bytes, 'UTF8') end,
       case when n.erased_at is null and position('\x00'::bytea in a.bytes) = 0 then convert_from(a.bytes, 'UTF8') end,
       n.is_email_verified, n.platform_role, n.is_banned, n.registered_at, n.erased_at
from jsonb_to_recordset($1::text::jsonb) as n(
  user_id uuid, user_type text, name_id uuid, email_id uuid, is_email_verified boolean, platform_role text,
  is_banned boolean, registered_at timestamptz, erased_at timestamptz)
left join contents c on c.tenant_id = '00000000-0000-0000-0000-000000000000' and c.content_id = n.name_id
left join contents a on a.tenant_id = '00000000-0000-0000-0000-000000000000' and a.content_id = n.email_id
