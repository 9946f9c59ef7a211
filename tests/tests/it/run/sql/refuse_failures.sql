-- The first two times that a run is said to have failed, the database refuses it. A sequence counts what is rolled back, too.
create sequence refused;
create function refuse_failures() returns trigger language plpgsql security definer as $$
begin
  if nextval('public.refused') <= 2 then
    raise exception 'not yet';
  end if;
  return new;
end $$;
create trigger refuse_failures before insert on events for each row when (new.wire_name = 'run.failed.v1')
  execute function refuse_failures();
