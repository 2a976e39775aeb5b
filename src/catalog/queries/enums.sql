-- One row per enum type.
-- Source: pg_dump.c dumpEnumType(); documentation, system catalogs, pg_enum.
select t.oid        as oid
     , 0            as subid
     , n.nspname    as schema
     , null         as relation
     , t.typname    as name
     , null         as arguments
     , array(select v.enumlabel
               from pg_enum v
              where v.enumtypid = t.oid
              order by v.enumsortorder)::text as labels
  from pg_type t
  join pg_namespace n on n.oid = t.typnamespace
 where t.typtype = 'e'
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_type'::regclass and e.objid = t.oid
                      and e.deptype = 'e')
