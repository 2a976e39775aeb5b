-- One row per privilege in which an object differs from what a new one of its kind has: granted
-- beyond that, or usual and missing (revoked). The owner is '', everybody is 'public'. What the
-- schema "public" usually gives depends on the version and not on its owner. The privileges on
-- an identity column's sequence hang on the column, with SEQUENCE before their names.
-- Source: pg_dump.c dumpACL(); documentation, privileges, aclexplode(), acldefault().
with objects (class, oid, subid, prefix, acl, usual, owner) as (
    select 'pg_class'::regclass, c.oid, 0, '', c.relacl,
           acldefault(case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner),
           c.relowner
      from pg_class c
     where c.relacl is not null and c.relkind in ('r', 'v', 'm', 'S', 'p', 'f')
       and not exists (select from pg_depend p
                        where p.classid = 'pg_class'::regclass and p.objid = c.oid
                          and p.refclassid = 'pg_class'::regclass and p.deptype = 'i')
    union all
    select 'pg_class'::regclass, p.refobjid, p.refobjsubid, 'SEQUENCE ', c.relacl,
           acldefault('s', c.relowner), c.relowner
      from pg_class c
      join pg_depend p on p.classid = 'pg_class'::regclass and p.objid = c.oid
                      and p.refclassid = 'pg_class'::regclass and p.deptype = 'i'
     where c.relacl is not null and c.relkind = 'S'
    union all
    select 'pg_class'::regclass, a.attrelid, a.attnum, '', a.attacl,
           acldefault('c', c.relowner), c.relowner
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid
     where a.attacl is not null and not a.attisdropped
    union all
    select 'pg_proc'::regclass, p.oid, 0, '', p.proacl, acldefault('f', p.proowner), p.proowner
      from pg_proc p
     where p.proacl is not null
    union all
    select 'pg_type'::regclass, t.oid, 0, '', t.typacl, acldefault('T', t.typowner), t.typowner
      from pg_type t
     where t.typacl is not null
    union all
    select 'pg_namespace'::regclass, n.oid, 0, '', coalesce(n.nspacl, acldefault('n', n.nspowner)),
           acldefault('n', n.nspowner)
           || case when n.nspname = 'public'
                   then array[makeaclitem(0, n.nspowner, 'USAGE', false)] else '{}' end
           || case when n.nspname = 'public' and w.creatable
                   then array[makeaclitem(0, n.nspowner, 'CREATE', false)] else '{}' end,
           n.nspowner
      from pg_namespace n
     cross join (
         select false as creatable  -- since 15, before: true
     ) w
     where n.nspacl is not null or n.nspname = 'public'
),
held (class, oid, subid, prefix, role, owner, privilege, grantable) as (
    select o.class, o.oid, o.subid, o.prefix, x.grantee, o.owner, x.privilege_type,
           bool_or(x.is_grantable and x.grantee <> o.owner)
      from objects o
     cross join lateral aclexplode(o.acl) x
     group by 1, 2, 3, 4, 5, 6, 7
),
expected (class, oid, subid, prefix, role, owner, privilege, grantable) as (
    select o.class, o.oid, o.subid, o.prefix, x.grantee, o.owner, x.privilege_type, false
      from objects o
     cross join lateral aclexplode(o.usual) x
     group by 1, 2, 3, 4, 5, 6, 7
),
differing (class, oid, subid, prefix, role, owner, privilege, grantable, revoked) as (
    select *, false from (select * from held except all select * from expected) h
    union all
    select *, true
      from (select class, oid, subid, prefix, role, owner, privilege, false from expected
            except all
            select class, oid, subid, prefix, role, owner, privilege, false from held) e
)
select d.class::oid              as class
     , d.oid                     as oid
     , d.subid                   as subid
     , case when d.role = 0 then 'public'
            when d.role = d.owner then ''
            else pg_get_userbyid(d.role) end as grantee
     , d.prefix || d.privilege   as privilege
     , d.revoked                 as revoked
     , d.grantable               as grantable
  from differing d
 where d.oid >= 16384 or d.class = 'pg_namespace'::regclass
