-- Whoever is to seal a run does so when it is released.
create function hold_seals() returns trigger language plpgsql as $$
begin
  new.run_at := new.run_at + interval '1 hour';
  return new;
end $$;
create trigger hold_seals before insert on jobs for each row when (new.kind = 'agent-run-seal') execute function hold_seals();
