-- A person's session that acts nowhere acts in an organization from now on. $1 session id, $2 user, $3 organization
update sessions set organization_id = $3 where session_id = $1 and user_id = $2 and organization_id is null
