-- One row per sequence that a column owns (ALTER SEQUENCE ... OWNED BY). Its address is made up:
-- (pg_depend, sequence), which no object has.
-- Source: pg_dump.c getTables(), owning_tab; documentation, system catalogs, pg_depend.
select c.oid          as oid
     , 0              as subid
     , n.nspname      as schema
     , null           as relation
     , c.relname      as name
     , null           as arguments
     , p.refobjid::regclass::text || '.' || quote_ident(a.attname) as "column"
  from pg_depend p
  join pg_class c on c.oid = p.objid and c.relkind = 'S'
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = p.refobjid and a.attnum = p.refobjsubid
 where p.classid = 'pg_class'::regclass
   and p.refclassid = 'pg_class'::regclass
   and p.deptype = 'a'
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
