-- One row per table of the user that has rows in a dump, by schema and name; of partitioned ones
-- there is the parent, too.
select n.nspname as schema
     , c.relname as name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p')
   and c.relpersistence <> 't'
   and n.nspname !~ '^pg_'
   and n.nspname <> 'information_schema'
 order by n.nspname collate "C", c.relname collate "C";
