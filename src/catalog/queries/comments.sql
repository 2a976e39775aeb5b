-- One row per comment on an object of the user. The schema "public" has one in every new
-- database: that one is no comment here, and its absence is an empty one. An extension has the
-- one that CREATE EXTENSION gave it: that is no comment either.
-- Source: pg_dump.c collectComments(), getNamespaces(); documentation, system catalogs,
-- pg_description.
select d.classoid     as class
     , d.objoid       as oid
     , d.objsubid     as subid
     , d.description  as comment
  from pg_description d
 where d.objoid >= 16384
   and not (d.classoid = 'pg_namespace'::regclass
            and d.objoid = (select oid from pg_namespace where nspname = 'public'))
   and not (d.classoid = 'pg_extension'::regclass
            and (select e.extname || ' ' || d.description from pg_extension e where e.oid = d.objoid)
                = any (array(select a.name || ' ' || a.comment from pg_available_extensions() a)))
union all
select 'pg_namespace'::regclass::oid
     , n.oid
     , 0
     , coalesce(d.description, '')
  from pg_namespace n
  left join pg_description d on d.classoid = 'pg_namespace'::regclass and d.objoid = n.oid
 where n.nspname = 'public'
   and d.description is distinct from 'standard public schema'
