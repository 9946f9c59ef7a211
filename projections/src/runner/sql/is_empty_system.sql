-- Whether nothing was ever projected or nothing ever happened: then first builds may serve at once.
select not exists (select from projection_builds) or not exists (select from ledgers where position > 0)
