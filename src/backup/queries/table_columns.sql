-- The columns of table $1.$2 in their order; those of its primary key with their place in it, how
-- it compares them, and by which collation. A type is written with its schema if the search_path
-- is pg_catalog; bare_type has no length or precision.
-- Source: documentation, system catalogs, pg_index, pg_amop; 3 is the B-tree's strategy "equal".
with key as (
    select i.indrelid
         , u.attnum
         , u.place
         , (select pg_catalog.format('OPERATOR(%I.%s)', on_.nspname, o.oprname)
              from pg_catalog.pg_opclass p
              join pg_catalog.pg_amop m
                on m.amopfamily = p.opcfamily
               and m.amoplefttype = p.opcintype
               and m.amoprighttype = p.opcintype
               and m.amopstrategy = 3
              join pg_catalog.pg_operator o on o.oid = m.amopopr
              join pg_catalog.pg_namespace on_ on on_.oid = o.oprnamespace
             where p.oid = u.opclass) as equal
      from pg_catalog.pg_index i
      join pg_catalog.pg_class x on x.oid = i.indexrelid
      join pg_catalog.pg_am a on a.oid = x.relam
cross join lateral unnest(i.indkey::int2[], i.indclass::oid[])
                   with ordinality as u (attnum, opclass, place)
     where i.indisprimary
       and a.amname = 'btree'
       and u.place <= i.indnkeyatts
)
   select a.attname                                             as name
        , pg_catalog.format_type(a.atttypid, a.atttypmod)       as type
        , pg_catalog.format_type(a.atttypid, -1)                as bare_type
        , a.attnotnull                                          as not_null
        , a.attgenerated <> ''                                  as is_generated
        , a.attidentity = 'a'                                   as is_always
        , a.atthasdef or a.attidentity <> ''                    as has_default
        , k.place                                               as key_place
        , k.equal                                               as equal
        , case when a.attcollation <> 0
               then pg_catalog.format('COLLATE %I.%I', ln.nspname, l.collname) end as collation
     from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     join pg_catalog.pg_attribute a on a.attrelid = c.oid
left join pg_catalog.pg_collation l on l.oid = a.attcollation
left join pg_catalog.pg_namespace ln on ln.oid = l.collnamespace
left join key k on k.indrelid = c.oid and k.attnum = a.attnum
    where n.nspname = $1
      and c.relname = $2
      and a.attnum > 0
      and not a.attisdropped
    order by a.attnum;
