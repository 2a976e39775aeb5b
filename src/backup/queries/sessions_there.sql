-- The sessions in the databases $1 and $2, and prepared transactions, which hold a database up as well.
select pg_catalog.format('%s%s, process %s', coalesce(a.usename, 'a server process'),
                         case when a.application_name <> '' then ' (' || a.application_name || ')'
                              else '' end, a.pid) as who
  from pg_catalog.pg_stat_activity a
 where a.datname in ($1, $2)
   and a.pid <> pg_catalog.pg_backend_pid()
 union all
select pg_catalog.format('prepared transaction %L of %s', p.gid, p.owner)
  from pg_catalog.pg_prepared_xacts p
 where p.database in ($1, $2)
 order by who;
