-- One row per constraint of a table: primary key, unique, check, foreign key, exclusion. NOT NULL,
-- a constraint since 18, is read with its column. One that is not enforced is never valid, which
-- the definition says already.
--
-- What can be altered in place (deferrability, validity) is cut off the definition's end; the
-- words stand there in this order. conindid of a foreign key is the other table's index.
-- Source: pg_dump.c getConstraints(); ruleutils.c pg_get_constraintdef_worker();
-- documentation, system catalogs, pg_constraint.
select k.oid          as oid
     , 0              as subid
     , n.nspname      as schema
     , c.relname      as relation
     , k.conname      as name
     , null           as arguments
     , k.contype      as type
     , case when k.condeferrable or not k.convalidated
            then regexp_replace(pg_get_constraintdef(k.oid, true),
                                '( DEFERRABLE)?( INITIALLY DEFERRED)?( NOT ENFORCED)?( NOT VALID)?$',
                                '\3')
            else pg_get_constraintdef(k.oid, true) end as definition
     , array(select a.attname
               from unnest(k.conkey) with ordinality w (number, place)
               join pg_attribute a on a.attrelid = k.conrelid and a.attnum = w.number
              order by w.place)::text as columns
     , case when k.contype = 'f' then k.confrelid::regclass::text end as refers_to
     , (select array_agg(o.word order by o.word)
          from unnest(x.reloptions) o (word))::text as options
     , (select quote_ident(s.spcname) from pg_tablespace s where s.oid = x.reltablespace)
                      as tablespace
     , k.condeferrable as deferrable
     , k.condeferred  as deferred
     , k.convalidated or not k.conenforced as valid  -- since 18, before: k.convalidated
     , coalesce(i.indisclustered, false) as clustered
     , coalesce(i.indisreplident, false) as replica_identity
  from pg_constraint k
  join pg_class c on c.oid = k.conrelid
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_index i on i.indexrelid = k.conindid and k.contype in ('p', 'u', 'x')
  left join pg_class x on x.oid = i.indexrelid
 where k.contype in ('p', 'u', 'c', 'f', 'x')
   and k.conparentid = 0
   and c.relkind = 'r'
   and not c.relispartition
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
