-- One row per column of a relation, of those in $1 (oid[], relations) and $2 (int2[], numbers).
--
-- "not_null" only where no row can hold NULL: NOT NULL of a table that inherits may be dropped
-- again in its child before 18, a foreign table's is never enforced, one may be NOT VALID, and a
-- rule can return anything.
-- Source: documentation, system catalogs, pg_attribute, pg_constraint; ALTER TABLE.
select distinct
       a.attrelid    as relation
     , a.attnum      as number
     , a.attname     as name
     , c.relname     as relation_name
     , a.attnotnull
       and c.relkind in ('r', 'p')
       and not c.relhasrules
       and (c.relkind = 'p' or not c.relhassubclass)
       and not exists (select from pg_constraint k
                        where k.conrelid = a.attrelid and k.contype = 'n'
                          and k.conkey[1] = a.attnum and not k.convalidated)
       and (c.relkind = 'r' or not exists (select from pg_partition_tree(c.oid) p
                                             join pg_class f on f.oid = p.relid
                                            where f.relkind = 'f')) as not_null
     , a.atttypid    as type
     , col_description(a.attrelid, a.attnum) as comment
  from unnest($1::oid[], $2::int2[]) w (relation, number)
  join pg_attribute a on a.attrelid = w.relation and a.attnum = w.number
  join pg_class c on c.oid = a.attrelid
 order by 1, 2
