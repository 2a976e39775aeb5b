-- One row per ordinary table: no partitioned table, no partition, no child by inheritance, no
-- typed table; these are of kinds that are not managed (others.sql).
-- Source: pg_dump.c getTables(); documentation, system catalogs, pg_class.
select c.oid             as oid
     , 0                 as subid
     , n.nspname         as schema
     , null              as relation
     , c.relname         as name
     , null              as arguments
     , c.relpersistence  as persistence
     , (select array_agg(o.word order by o.word)
          from (select unnest(c.reloptions)
                union all
                select 'toast.' || unnest(t.reloptions)
                  from pg_class t
                 where t.oid = c.reltoastrelid and t.reloptions is not null) o (word))::text
                         as options
     , (select quote_ident(a.amname)
          from pg_am a
         where a.oid = c.relam and a.amname <> current_setting('default_table_access_method'))
                         as access_method
     , (select quote_ident(s.spcname) from pg_tablespace s where s.oid = c.reltablespace)
                         as tablespace
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r'
   and not c.relispartition
   and c.reloftype = 0
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_inherits h where h.inhrelid = c.oid)
   and not exists (select from pg_depend e
                    where e.classid = 'pg_class'::regclass and e.objid = c.oid
                      and e.deptype = 'e')
