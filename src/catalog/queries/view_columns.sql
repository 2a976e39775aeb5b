-- One row per column of a view or materialized view.
-- Source: documentation, system catalogs, pg_attribute.
select a.attrelid   as oid
     , a.attnum     as subid
     , n.nspname    as schema
     , c.relname    as relation
     , a.attname    as name
     , null         as arguments
     , a.attnum     as position
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('v', 'm')
   and a.attnum > 0
   and not a.attisdropped
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
