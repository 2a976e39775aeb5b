-- One row per domain, without its checks.
-- Source: pg_dump.c dumpDomain(); documentation, system catalogs, pg_type.
select t.oid                                     as oid
     , 0                                         as subid
     , n.nspname                                 as schema
     , null                                      as relation
     , t.typname                                 as name
     , null                                      as arguments
     , format_type(t.typbasetype, t.typtypmod)   as type
     , case when t.typcollation <> b.typcollation
            then t.typcollation::regcollation::text end as collation
     , pg_get_expr(t.typdefaultbin, 'pg_type'::regclass, true) as default
     , t.typnotnull                              as not_null
  from pg_type t
  join pg_namespace n on n.oid = t.typnamespace
  join pg_type b on b.oid = t.typbasetype
 where t.typtype = 'd'
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_type'::regclass and e.objid = t.oid
                      and e.deptype = 'e')
