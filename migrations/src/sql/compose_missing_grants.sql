-- Statements that give our roles their rights on a database: the owner creates the tables of the store, the ledger
-- role creates the schemas of read models. The schema public is only seen from inside its database; from outside
-- it is right by itself, because it belongs to whoever owns the database.
-- $1 owner, $2 ledger, $3 database or null for the current one
select format('grant create, temporary on database %I to %I', target.name, wanted.name)
  from (select coalesce($3::text, current_database()::text)) as target (name)
 cross join unnest(array[$1::text, $2::text]) as wanted (name)
 where not has_database_privilege(wanted.name, target.name, 'CREATE')
union all
select format('grant create, usage on schema public to %I', $1::text)
 where $3::text is null
   and not has_schema_privilege($1::text, 'public', 'CREATE')
