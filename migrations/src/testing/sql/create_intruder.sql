-- In the schema of the store only the owner may.
create table public.intruder ()
