-- One row per column of a table.
--
-- The option pg_attver of PostgreSQL's 2026 minor releases is the server's own and left out, as
-- pg_dump does. Since 18 NOT NULL is a constraint with a name of its own; it stays a property of
-- the column here, with what is unusual about it beside it. An identity sequence's usual name is compared only where it is not truncated.
-- Source: pg_dump.c getTableAttrs(); documentation, system catalogs, pg_attribute.
with identities as materialized (
    select p.refobjid, p.refobjsubid, i.oid, i.relname, i.relnamespace, s.*
      from pg_sequence s
      join pg_class i on i.oid = s.seqrelid
      join pg_depend p on p.classid = 'pg_class'::regclass and p.objid = s.seqrelid
                      and p.refclassid = 'pg_class'::regclass and p.deptype = 'i'
)
select a.attrelid                           as oid
     , a.attnum                             as subid
     , n.nspname                            as schema
     , c.relname                            as relation
     , a.attname                            as name
     , null                                 as arguments
     , a.attnum                             as position
     , format_type(a.atttypid, a.atttypmod) as type
     , case when a.attcollation <> t.typcollation
            then a.attcollation::regcollation::text end as collation
     , a.attnotnull                         as not_null
     , nullif(k.conname, c.relname || '_' || a.attname || '_not_null') as not_null_name  -- since 18, before: null
     , nullif(k.connoinherit, false)        as not_null_local      -- since 18, before: null
     , nullif(not k.convalidated, false)    as not_null_unchecked  -- since 18, before: null
     , nullif(a.attgenerated, '')           as generated
     , case when a.attgenerated <> ''
            then pg_get_expr(d.adbin, d.adrelid, true) end as expression
     , nullif(a.attidentity, '')            as identity
     , case when i.relname <> c.relname || '_' || a.attname || '_seq'
                 or i.relnamespace <> c.relnamespace
            then i.oid::regclass::text end  as identity_sequence
     , i.seqstart                           as identity_start
     , i.seqincrement                       as identity_increment
     , i.seqmin                             as identity_minimum
     , i.seqmax                             as identity_maximum
     , i.seqcache                           as identity_cache
     , i.seqcycle                           as identity_cycle
     , nullif(a.attstorage, t.typstorage)   as storage
     , nullif(a.attcompression, '')         as compression  -- since 14, before: null
     , case when a.attstattarget >= 0 then a.attstattarget end as statistics
     , case when a.attoptions[1] !~ '^pg_attver=' or a.attoptions[2] is not null
            then (select array_agg(o.word order by o.word)
                    from unnest(a.attoptions) o (word)
                   where o.word !~ '^pg_attver=')::text end as options
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                        and a.attgenerated <> ''
  left join identities i on i.refobjid = a.attrelid and i.refobjsubid = a.attnum
  left join pg_constraint k on k.conrelid = a.attrelid and k.contype = 'n'  -- since 18
                           and k.conkey[1] = a.attnum                       -- since 18
 where c.relkind = 'r'
   and not c.relispartition
   and a.attnum > 0
   and not a.attisdropped
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
