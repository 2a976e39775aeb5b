-- One row for each column of a constraint or unique index of a table, in the table's order.
-- Columns inside expressions of an index count, too: pg_depend knows them.
-- Source: documentation, system catalogs, pg_constraint, pg_index, pg_depend.
select n.nspname as schema
     , c.relname as relation
     , k.name
     , a.attname as column
  from (
        select conrelid as relation, conname as name, unnest(conkey) as number
          from pg_constraint
         where conrelid <> 0
        union
        select i.indrelid, x.relname, d.refobjsubid
          from pg_index as i
          join pg_class as x on x.oid = i.indexrelid
          join pg_depend as d
            on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
           and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid
           and d.refobjsubid > 0
         where i.indisunique
       ) as k
  join pg_class as c on c.oid = k.relation
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.number
 where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
 order by n.nspname, c.relname, k.name, a.attnum
