-- What $1.$2 is: its pg_class.relkind, and, so that only its own rows are meant, whether other
-- tables inherit from it. No row: there is no such relation.
select c.relkind
     , c.relkind = 'r' and c.relhassubclass as is_inherited
     , pg_catalog.has_table_privilege(c.oid, 'SELECT') as is_readable
     , exists (select from pg_catalog.pg_depend d
                where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                  and d.objid = c.oid
                  and d.deptype = 'e') as is_member
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1
   and c.relname = $2;
