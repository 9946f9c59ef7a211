-- Changes what became of invitations. $1 rows, null for what stays; an erased one has no address and does not stay
-- pending. Touches as many rows as there are in it.
update {build}.invitations i
set status = case
      when n.is_erased and coalesce(n.status, i.status) = 'pending' then 'canceled'
      else coalesce(n.status, i.status)
    end,
    email_id = case when not n.is_erased then i.email_id end
from jsonb_to_recordset($1::text::jsonb) as n(tenant_id uuid, invitation_id uuid, status text, is_erased boolean)
where i.tenant_id = n.tenant_id and i.invitation_id = n.invitation_id
