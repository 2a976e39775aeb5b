-- Those of $1, an array of names, that no role has.
select w.name
  from pg_catalog.unnest($1::text[]) w (name)
 where not exists (select from pg_catalog.pg_roles r where r.rolname = w.name)
 order by w.name collate "C";
