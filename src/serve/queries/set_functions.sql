-- The names among $1 (text[]) that functions have which return sets.
-- Source: documentation, system catalogs, pg_proc.
select distinct p.proname as name
  from pg_proc p
 where p.proretset
   and p.proname = any ($1::name[])
 order by 1
