-- One row per default of a column that is not generated, of tables and of views.
-- Source: pg_dump.c getTableAttrs(); documentation, system catalogs, pg_attrdef.
select d.oid                                  as oid
     , 0                                      as subid
     , n.nspname                              as schema
     , c.relname                              as relation
     , a.attname                              as name
     , null                                   as arguments
     , pg_get_expr(d.adbin, d.adrelid, true)  as expression
  from pg_attrdef d
  join pg_class c on c.oid = d.adrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
 where c.relkind in ('r', 'v')
   and not c.relispartition
   and a.attgenerated = ''
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
