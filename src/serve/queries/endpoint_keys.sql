-- One row per unique key of the relations $1 (oid[]): the numbers of its columns.
--
-- A key here makes rows differ in ORDER BY of its columns: its index is of columns, whole, checked
-- at once, in the order of their types and collations, and no child adds rows of its own.
-- Source: documentation, system catalogs, pg_index, pg_opclass.
select i.indrelid as relation
     , array(select k.number
               from unnest(i.indkey::int2[]) with ordinality k (number, place)
              where k.place <= i.indnkeyatts) as columns
  from pg_index i
  join pg_class c on c.oid = i.indrelid
 where i.indrelid = any ($1::oid[])
   and i.indisunique
   and i.indisvalid
   and i.indimmediate
   and i.indpred is null
   and i.indexprs is null
   and (c.relkind = 'p' or c.relkind = 'r' and not c.relhassubclass)
   and not exists (
           select
             from unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[])
                  with ordinality k (number, class, collated, place)
             join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
             join pg_opclass o on o.oid = k.class
            where k.place <= i.indnkeyatts
              and not (o.opcdefault and k.collated = a.attcollation))
 order by i.indrelid, i.indexrelid
