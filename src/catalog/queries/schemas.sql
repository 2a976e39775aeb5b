-- One row per schema of the user.
-- Source: pg_dump.c getNamespaces(); documentation, system catalogs, pg_namespace.
select n.oid          as oid
     , 0              as subid
     , null           as schema
     , null           as relation
     , n.nspname      as name
     , null           as arguments
  from pg_namespace n
 where n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_namespace'::regclass and e.objid = n.oid
                      and e.deptype = 'e')
