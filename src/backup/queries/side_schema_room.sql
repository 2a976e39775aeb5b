-- Whether schema $1 can be made here.
select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as may_create
     , exists (select from pg_catalog.pg_namespace where nspname = $1)            as is_there
     , pg_catalog.pg_is_in_recovery()                                            as is_standby;
