-- One row per materialized view.
-- Source: pg_dump.c dumpTableSchema(); documentation, system catalogs, pg_matviews.
select c.oid             as oid
     , 0                 as subid
     , n.nspname         as schema
     , null              as relation
     , c.relname         as name
     , null              as arguments
     , rtrim(pg_get_viewdef(c.oid, true), ';') as definition
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
     , c.relispopulated  as populated
     , (select array_agg(a.attnum || ' ' || a.attstattarget || ' ' || a.attname order by a.attnum)
          from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           and a.attstattarget >= 0)::text as statistics
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'm'
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_class'::regclass and e.objid = c.oid
                      and e.deptype = 'e')
