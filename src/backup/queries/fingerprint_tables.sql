-- One row per table whose rows pg_dump dumps, largest first, with what counts and hashes it; and
-- one without a name for all large objects, if there are any.
-- Source: pg_dump.c selectDumpableNamespace(), getTables(), makeTableDataInfo(),
-- processExtensionTables(). Of a server that is a standby, unlogged tables cannot be read.
--
-- The rows of a table that is partitioned by the hash of an enum are those of all of it: each database
-- has other numbers for the values of an enum, hence other hashes, and a restore puts rows elsewhere.
-- Source: pg_dump.c getPartitioningInfo(), which has them loaded through the parent.
--
-- Columns go by name: a child's may be in another order after a restore. Generated columns are
-- computed and not dumped. Values of the exact types go through their types' own hash functions, each
-- the seed of the next, the others as text behind them; which are null is the first seed. A function
-- takes 100 arguments, hence the parts; 64 calls within calls are no matter for any server's stack. The
-- bytes of a text are hashed, whatever collations the columns have: to some A is a.
with member as (
    select d.objid as oid
         , max(e.extname) as extension
         , bool_or(c.oid is not null) as configures
         , max(e.extcondition[array_position(e.extconfig, d.objid)]) as condition
      from pg_depend d
      join pg_extension e on e.oid = d.refobjid
 left join unnest(e.extconfig) as c (oid) on c.oid = d.objid
     where d.classid = 'pg_class'::regclass
       and d.refclassid = 'pg_extension'::regclass
       and d.deptype = 'e'
  group by d.objid
), scattered as (
    select p.partrelid as oid
      from pg_partitioned_table p
      join pg_opclass o on o.oid = any (p.partclass)
     where p.partstrat = 'h'
       and o.opcname = 'enum_ops'
       and o.opcnamespace = 'pg_catalog'::regnamespace
), wanted as (
    select c.oid
         , n.nspname as schema
         , c.relname as name
         , c.relkind = 'p' as is_tree
         , case when c.relkind = 'r' then coalesce(m.condition, '')
                -- those of foreign partitions are elsewhere
                else 'where tableoid in (select oid from pg_catalog.pg_class where relkind = ''r'')'
            end as condition
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
 left join member m on m.oid = c.oid
     where (c.relkind = 'r' or c.oid in (select oid from scattered))
       and not (c.relispartition
                and exists (select from pg_partition_ancestors(c.oid) a
                              join scattered s on s.oid = a.relid
                             where a.relid <> c.oid))
       and c.relpersistence <> 't'
       and (c.relpersistence <> 'u' or not pg_is_in_recovery())
       and n.nspname !~ '^pg_'
       and n.nspname <> 'information_schema'
       and (m.oid is null or m.configures)
), exact (type, call) as (
    values ('int2'::regtype, 'hashint2extended(coalesce(%s, 0::int2), ')
         , ('int4', 'hashint4extended(coalesce(%s, 0), ')
         , ('int8', 'hashint8extended(coalesce(%s, 0), ')
         , ('oid', 'hashoidextended(coalesce(%s, 0::oid), ')
         , ('bool', 'hashint4extended(coalesce(%s, false)::int4, ')
         , ('text', 'hashtextextended(coalesce(%s, '''') collate "C", ')
         , ('varchar', 'hashtextextended(coalesce(%s, '''') collate "C", ')
         , ('bpchar', 'hashbpcharextended(coalesce(%s, '''') collate "C", ')
         , ('timestamp', 'timestamp_hash_extended(coalesce(%s, ''epoch''), ')
         , ('timestamptz', 'timestamp_hash_extended(coalesce(%s, ''epoch'')::timestamp, ')
         , ('uuid', 'uuid_hash_extended(coalesce(%s, ''00000000-0000-0000-0000-000000000000''), ')
), cell as (
    select a.attrelid
         , a.attname
         , quote_ident(a.attname) as value
         , (row_number() over (partition by a.attrelid order by a.attname) - 1) / 99 as part
         , case when row_number() over (partition by a.attrelid, e.call is null
                                            order by a.attname) <= 64 then e.call end as call
      from pg_attribute a
      join wanted w on w.oid = a.attrelid
 left join exact e on e.type = a.atttypid and (e.type <> 'bpchar'::regtype or a.atttypmod > 0)
     where a.attnum > 0
       and not a.attisdropped
       and a.attgenerated = ''
), part as (
    select attrelid
         , 'concat_ws(chr(31), '
           || string_agg(value, ', ' order by attname) filter (where call is null) || ')' as texts
         , format('concat(%s)'
                 , string_agg(format('case when %s is null then %L end', value, attname || chr(31))
                             , ', ' order by attname)) as nulls
         , part
      from cell
  group by attrelid, part
), seed as (
    select attrelid
         , string_agg(texts, ', ' order by part) as texts
         , format('hashtextextended(concat(%s), 1)', string_agg(nulls, ', ' order by part)) as nulls
      from part
  group by attrelid
), chain as (
    select attrelid
         , format('%scase when %s then %s else 0 end%s'
                 , string_agg(format(call, value), '' order by attname desc)
                 , string_agg(value || ' is null', ' or ' order by attname)
                 , nulls
                 , repeat(')', count(call)::int)) as hash
         , texts
      from cell
      join seed using (attrelid)
  group by attrelid, nulls, texts
), hash as (
    select attrelid
         , case when texts is null then hash
                else format('hashtextextended(concat_ws(chr(31), %s) collate "C", %s)', texts, hash)
            end as expression
      from chain
)
   select w.oid::text                             as oid
        , w.schema                                as schema
        , w.name                                  as name
        , case when w.is_tree
               then (select coalesce(sum(pg_table_size(t.relid)), 0)::bigint
                       from pg_partition_tree(w.oid) t)
               else coalesce(pg_table_size(w.oid), 0)
           end                                    as bytes
        , coalesce(h.expression, '0::bigint')     as hash
        , w.condition                             as condition
        , w.is_tree                               as is_tree
     from wanted w
left join hash h on h.attrelid = w.oid
union all
   select '', null, null, pg_table_size('pg_largeobject'), '', '', false
    where exists (select from pg_largeobject_metadata)
 order by bytes desc, schema, name
