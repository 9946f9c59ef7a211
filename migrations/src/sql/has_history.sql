-- Whether any migration was ever applied to this database.
select to_regclass('public.refinery_schema_history') is not null
