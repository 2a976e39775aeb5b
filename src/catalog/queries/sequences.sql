-- One row per sequence that does not belong to an identity column.
-- Source: pg_dump.c dumpSequence(); documentation, system catalogs, pg_sequence.
select c.oid                         as oid
     , 0                             as subid
     , n.nspname                     as schema
     , null                          as relation
     , c.relname                     as name
     , null                          as arguments
     , c.relpersistence              as persistence
     , format_type(s.seqtypid, null) as type
     , s.seqstart                    as start
     , s.seqincrement                as increment
     , s.seqmin                      as minimum
     , s.seqmax                      as maximum
     , s.seqcache                    as cache
     , s.seqcycle                    as cycle
  from pg_sequence s
  join pg_class c on c.oid = s.seqrelid
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_class'::regclass and e.objid = c.oid
                      and (e.deptype = 'e'
                           or e.deptype = 'i' and e.refclassid = 'pg_class'::regclass))
