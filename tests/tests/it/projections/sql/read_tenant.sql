-- The tenant that this session has been told, as text; empty or null when none.
select nullif(current_setting('app.tenant', true), '')
