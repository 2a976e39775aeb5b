-- One row per column of the relation $1 in schema $2, or where the search path finds it if $2 is
-- NULL. "key" is the place in the primary key or, without one, in the smallest unique key whose
-- columns are NOT NULL; NULL for columns outside it.
-- Source: documentation, system catalogs, pg_attribute, pg_index.
with relation as (
    select c.oid, c.relname, c.relkind, n.nspname
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
     where c.relname = $1
       and c.relkind in ('r', 'p', 'v', 'm', 'f')
       and case when $2::text is null then pg_table_is_visible(c.oid) else n.nspname = $2 end
), key as (
    select i.indrelid, k.number, k.place
      from (select i.*
              from pg_index i
              join relation r on r.oid = i.indrelid
             where i.indisunique
               and i.indisvalid
               and i.indimmediate
               and i.indpred is null
               and i.indexprs is null
               and not exists (select
                                 from unnest(i.indkey::int2[]) w (number)
                                 join pg_attribute a on a.attrelid = i.indrelid
                                                    and a.attnum = w.number
                                where not a.attnotnull)
             order by i.indisprimary desc, i.indnkeyatts, i.indexrelid
             limit 1) i
      cross join unnest(i.indkey::int2[]) with ordinality k (number, place)
     where k.place <= i.indnkeyatts
)
select r.relname                                    as relation
     , r.nspname                                    as schema
     , pg_table_is_visible(r.oid)                   as visible
     , r.relkind                                    as kind
     , a.attname                                    as name
     , a.attnotnull or coalesce(t.typnotnull, false) as not_null
     , a.attgenerated <> '' or a.attidentity <> ''  as automatic
     , a.atthasdef or t.typdefault is not null      as has_default
     , k.place                                      as key
  from relation r
  left join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_type t on t.oid = a.atttypid
  left join key k on k.indrelid = r.oid and k.number = a.attnum
 order by a.attnum
