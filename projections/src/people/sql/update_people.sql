-- Changes persons. $1 rows, null for what stays; a name by the key of its content, which is the system's. Whoever is
-- erased has neither name nor e-mail. Touches as many rows as there are in it.
update {build}.people p
set name = case
      when coalesce(n.erased_at, p.erased_at) is not null then null
      when n.name_id is null then p.name
      when position('\x00'::bytea in c.bytes) = 0 then convert_from(c.bytes, 'UTF8')
    end,
    email = case when coalesce(n.erased_at, p.erased_at) is null then p.email end,
    is_email_verified = coalesce(n.is_email_verified, p.is_email_verified),
    platform_role = coalesce(n.platform_role, p.platform_role),
    is_banned = coalesce(n.is_banned, p.is_banned),
    erased_at = coalesce(n.erased_at, p.erased_at)
from jsonb_to_recordset($1::text::jsonb) as n(
  user_id uuid, name_id uuid, is_email_verified boolean, platform_role text, is_banned boolean, erased_at timestamptz)
left join contents c on c.tenant_id = '00000000-0000-0000-0000-000000000000' and c.content_id = n.name_id
where p.user_id = n.user_id
