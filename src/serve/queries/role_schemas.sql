-- One row per schema of the project's own objects, for grants to a new role.
select quote_ident(n.nspname) as name
  from pg_namespace n
 where n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
 order by 1
