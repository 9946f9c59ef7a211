-- A login that row-level security does not bind, and this session as if it had logged in.
create role walls_bypass bypassrls;
grant cinatra_reader to walls_bypass;
set session authorization walls_bypass
