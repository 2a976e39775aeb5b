-- One row per right that the role of this session has and a server should not have, by itself or
-- by a role that it is a member of.
--
--   kind          role              object               number
--   superuser     itself or member  null                 null
--   owner         the owner         one of its objects   how many it owns
--   create        the grantee       database d, schema s null
--   attribute     itself            BYPASSRLS ...          null
--   predefined    pg_...              null                 null
--
-- PUBLIC is the role "". What role 10 owns is not in pg_shdepend; it is a superuser.
-- Source: documentation, system catalogs, pg_shdepend, pg_authid; predefined roles.
with roles as (
    select r.oid, r.rolname, r.rolsuper, r.rolname = session_user as own
      from pg_roles r
     where pg_has_role(session_user, r.oid, 'MEMBER')
), owned as (
    select r.rolname, d.classid, d.objid,
           row_number() over (partition by r.oid order by d.classid, d.objid) as place,
           count(*) over (partition by r.oid) as number
      from pg_shdepend d
      join roles r on r.oid = d.refobjid
     where d.refclassid = 'pg_authid'::regclass
       and d.deptype = 'o'
       and d.classid not in ('pg_largeobject'::regclass, 'pg_default_acl'::regclass)
       and (d.dbid = (select oid from pg_database where datname = current_database())
            or d.classid = 'pg_database'::regclass
               and d.objid = (select oid from pg_database where datname = current_database()))
), granted as (
    select 'database ' || quote_ident(d.datname) as object, a.grantee, a.privilege_type
      from pg_database d
      cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
     where d.datname = current_database()
       and a.grantee <> d.datdba
    union all
    select 'schema ' || quote_ident(n.nspname), a.grantee, a.privilege_type
      from pg_namespace n
      cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
     where n.nspname !~ '^pg_'
       and n.nspname <> 'information_schema'
       and a.grantee <> n.nspowner
)
select 'superuser' as kind, r.rolname::text as role, null as object, null as number
     , session_user::text as name, 1 as place
  from roles r
 where r.rolsuper
   and (r.own or not exists (select from roles o where o.own and o.rolsuper))
union all
select 'owner', o.rolname, i.type || ' ' || i.identity, o.number, session_user, 2
  from owned o
  cross join pg_identify_object(o.classid, o.objid, 0) i
 where o.place = 1
union all
select 'create', coalesce(r.rolname, ''), g.object, null, session_user, 3
  from granted g
  left join roles r on r.oid = g.grantee
 where g.privilege_type = 'CREATE'
   and (g.grantee = 0 or r.oid is not null)
union all
select 'attribute', r.rolname, a.name, null, session_user, 4
  from pg_roles r
  cross join (values ('BYPASSRLS'), ('REPLICATION'), ('CREATEROLE'), ('CREATEDB')) a (name)
 where r.rolname = session_user
   and case a.name when 'BYPASSRLS' then r.rolbypassrls
                   when 'REPLICATION' then r.rolreplication
                   when 'CREATEROLE' then r.rolcreaterole
                   else r.rolcreatedb end
   and not r.rolsuper
union all
select 'predefined', r.rolname, null, null, session_user, 5
  from roles r
 where r.rolname in ('pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files')
   and not exists (select from roles o where o.own and o.rolsuper)
 order by place, role, object
