-- One row per view.
-- Source: pg_dump.c dumpTableSchema(); documentation, system catalogs, pg_views.
select c.oid          as oid
     , 0              as subid
     , n.nspname      as schema
     , null           as relation
     , c.relname      as name
     , null           as arguments
     , rtrim(pg_get_viewdef(c.oid, true), ';') as definition
     , array(select quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                    || case when a.attcollation <> t.typcollation
                            then ' ' || a.attcollation::regcollation::text else '' end
               from pg_attribute a
               join pg_type t on t.oid = a.atttypid
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              order by a.attnum)::text as columns
     , (select array_agg(o.word order by o.word)
          from unnest(c.reloptions) o (word))::text as options
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'v'
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_class'::regclass and e.objid = c.oid
                      and e.deptype = 'e')
