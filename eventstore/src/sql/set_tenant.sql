-- Whose rows the rest of the transaction sees (ADR-0008); forgotten with its end. $1 tenant.
select set_config('app.tenant', $1::uuid::text, true)
