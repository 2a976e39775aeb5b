-- One row per index that does not belong to a constraint, of tables and materialized views.
-- Source: pg_dump.c getIndexes(); documentation, system catalogs, pg_index.
select i.indexrelid      as oid
     , 0                 as subid
     , n.nspname         as schema
     , c.relname         as relation
     , x.relname         as name
     , null              as arguments
     , pg_get_indexdef(i.indexrelid, 0, true) as definition
     , i.indisvalid      as valid
     , i.indisclustered  as clustered
     , i.indisreplident  as replica_identity
     , (select array_agg(a.attnum || ' ' || a.attstattarget order by a.attnum)
          from pg_attribute a
         where a.attrelid = i.indexrelid and a.attstattarget >= 0)::text as statistics
  from pg_index i
  join pg_class x on x.oid = i.indexrelid
  join pg_class c on c.oid = i.indrelid
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'm')
   and not c.relispartition
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_constraint k
                    where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
