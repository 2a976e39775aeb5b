-- One row per extension that the user has installed. Those that every new database has from
-- template0 (plpgsql) have oids below 16384 and are left out, as pg_dump does.
-- Source: pg_dump.c getExtensions(); documentation, system catalogs, pg_extension.
select e.oid                   as oid
     , 0                       as subid
     , null                    as schema
     , null                    as relation
     , e.extname               as name
     , null                    as arguments
     , quote_ident(n.nspname)  as installed_in
  from pg_extension e
  join pg_namespace n on n.oid = e.extnamespace
 where e.oid >= 16384
