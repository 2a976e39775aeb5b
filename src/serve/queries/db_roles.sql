-- One row per role of $1, an array of names, that requests cannot work as, or that policies do not
-- hold for.
--
--   problem      what is wrong with it
--   missing      there is none of that name
--   unsettable   the role of this session may not set it
--   superuser    it may do anything
--   bypassrls    row-level security does not hold for it
--
-- Since 16 a membership may be without SET, and has its own privilege.
-- Source: documentation, SET ROLE, GRANT; pg_has_role().
with wanted as (
    select w.name, w.place, r.oid, r.rolsuper, r.rolbypassrls
      from unnest($1::text[]) with ordinality w (name, place)
      left join pg_roles r on r.rolname = w.name
), problems as (
    select name, place, 1 as number, 'missing' as problem
      from wanted
     where oid is null
    union all
    select name, place, 2, 'unsettable'
      from wanted
     where not pg_has_role(session_user, oid,
                           case when current_setting('server_version_num')::int >= 160000
                                then 'SET' else 'MEMBER' end)
    union all
    select name, place, 3, 'superuser'
      from wanted
     where rolsuper
    union all
    select name, place, 4, 'bypassrls'
      from wanted
     where rolbypassrls and not rolsuper
)
select problem, name, session_user::text as own
     , (current_setting('server_version_num')::int >= 160000)::text as has_set
  from problems
 order by place, number
