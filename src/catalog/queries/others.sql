-- One row per object of the user whose kind is not managed: it is named, never touched. What
-- belongs to such a relation (columns, constraints, indexes) is not listed by itself. The last
-- column is the catalog that holds the object; made-up addresses have 0 there. The name begins
-- with the type, so that it is unique among all kinds.
-- Source: pg_dump.c, all get...() functions; documentation, system catalogs,
-- pg_identify_object().
with found (classid, objid, relid, type) as (
    select 'pg_class'::regclass, c.oid, 0::oid,
           case when c.relkind = 'f' then 'foreign table'
                when c.relispartition then 'partition'
                when c.relkind = 'p' then 'partitioned table'
                when c.reloftype <> 0 then 'typed table'
                else 'inheriting table' end
      from pg_class c
     where c.relkind in ('p', 'f')
        or c.relkind = 'r' and (c.relispartition or c.reloftype <> 0
                                or exists (select from pg_inherits h where h.inhrelid = c.oid))
    union all
    select 'pg_type'::regclass, t.oid, 0,
           case t.typtype when 'c' then 'composite type' when 'r' then 'range type'
                          else 'base type' end
      from pg_type t
      left join pg_class c on c.oid = t.typrelid
     where t.oid >= 16384
       and (t.typtype in ('b', 'p', 'r') or t.typtype = 'c' and c.relkind = 'c')
       and not exists (select from pg_type e where e.typarray = t.oid)
    union all
    select 'pg_proc'::regclass, oid, 0, 'aggregate' from pg_proc where prokind = 'a'
    union all
    select 'pg_operator'::regclass, oid, 0, null from pg_operator
    union all
    select 'pg_opclass'::regclass, oid, 0, null from pg_opclass
    union all
    select 'pg_opfamily'::regclass, oid, 0, null from pg_opfamily
    union all
    select 'pg_cast'::regclass, oid, 0, null from pg_cast
    union all
    select 'pg_collation'::regclass, oid, 0, null from pg_collation
    union all
    select 'pg_conversion'::regclass, oid, 0, null from pg_conversion
    union all
    select 'pg_ts_config'::regclass, oid, 0, null from pg_ts_config
    union all
    select 'pg_ts_dict'::regclass, oid, 0, null from pg_ts_dict
    union all
    select 'pg_ts_parser'::regclass, oid, 0, null from pg_ts_parser
    union all
    select 'pg_ts_template'::regclass, oid, 0, null from pg_ts_template
    union all
    select 'pg_language'::regclass, oid, 0, null from pg_language
    union all
    select 'pg_transform'::regclass, oid, 0, null from pg_transform
    union all
    select 'pg_am'::regclass, oid, 0, null from pg_am
    union all
    select 'pg_foreign_data_wrapper'::regclass, oid, 0, null from pg_foreign_data_wrapper
    union all
    select 'pg_foreign_server'::regclass, oid, 0, null from pg_foreign_server
    union all
    select 'pg_user_mapping'::regclass, umid, 0, null from pg_user_mappings
    union all
    select 'pg_publication'::regclass, oid, 0, null from pg_publication
    union all
    select 'pg_event_trigger'::regclass, oid, 0, null from pg_event_trigger
    union all
    select 'pg_default_acl'::regclass, oid, 0, 'default privileges' from pg_default_acl
    union all
    select 'pg_statistic_ext'::regclass, oid, 0, null from pg_statistic_ext
    union all
    select 'pg_policy'::regclass, oid, polrelid, null from pg_policy
    union all
    select 'pg_rewrite'::regclass, oid, ev_class, null from pg_rewrite where rulename <> '_RETURN'
),
identified as (
    select f.classid::oid                  as class
         , f.objid                         as oid
         , coalesce(n.nspname, i.schema)   as schema
         , c.relname                       as relation
         , coalesce(f.type, i.type)        as type
         , i.identity                      as identity
      from found f
     cross join lateral pg_identify_object(f.classid, f.objid, 0) i
      left join pg_class c on c.oid = f.relid
      left join pg_namespace n on n.oid = c.relnamespace
     where f.objid >= 16384
       and not exists (select from pg_depend e
                        where e.classid = f.classid and e.objid = f.objid
                          and (e.deptype = 'e'
                               or e.deptype = 'i' and f.classid = 'pg_cast'::regclass))
       and not exists (select from pg_depend e
                        where e.classid = 'pg_class'::regclass and e.objid = f.relid
                          and e.deptype = 'e')
    union all
    select 0, 0, null, null, 'subscription', quote_ident(u.subname)
      from pg_subscription u
      join pg_database b on b.oid = u.subdbid
     where b.datname = current_database()
    union all
    select 0, 0, n.nspname, c.relname, w.type,
           quote_ident(n.nspname) || '.' || quote_ident(c.relname)
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
     cross join lateral (select 'row security'
                          where c.relrowsecurity
                         union all
                         select 'forced row security'
                          where c.relforcerowsecurity
                         union all
                         select case c.relreplident when 'f' then 'replica identity full'
                                                    else 'replica identity nothing' end
                          where c.relreplident in ('f', 'n')) w (type)
     where c.relkind in ('r', 'p')
       and c.oid >= 16384
    union all
    select 0, 0, n.nspname, c.relname, 'comment on index of constraint',
           quote_ident(n.nspname) || '.' || quote_ident(x.relname)
      from pg_description d
      join pg_class x on x.oid = d.objoid
      join pg_constraint k on k.conindid = x.oid and k.contype in ('p', 'u', 'x')
      join pg_class c on c.oid = k.conrelid
      join pg_namespace n on n.oid = c.relnamespace
     where d.classoid = 'pg_class'::regclass and d.objsubid = 0
    union all
    select 0, 0, n.nspname, c.relname, 'comment on not-null constraint',
           quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(k.conname)
      from pg_description d
      join pg_constraint k on k.oid = d.objoid and k.contype = 'n'
      join pg_class c on c.oid = k.conrelid
      join pg_namespace n on n.oid = c.relnamespace
     where d.classoid = 'pg_constraint'::regclass
    union all
    select 0, 0, n.nspname, null, 'name of not-null constraint of domain',
           quote_ident(n.nspname) || '.' || quote_ident(t.typname) || '.' || quote_ident(k.conname)
      from pg_constraint k
      join pg_type t on t.oid = k.contypid
      join pg_namespace n on n.oid = t.typnamespace
     where k.contype = 'n' and k.conname <> t.typname || '_not_null'
    union all
    select 0, 0, n.nspname, c.relname, 'comment on sequence of identity column',
           quote_ident(n.nspname) || '.' || quote_ident(x.relname)
      from pg_description d
      join pg_class x on x.oid = d.objoid and x.relkind = 'S'
      join pg_depend p on p.classid = 'pg_class'::regclass and p.objid = x.oid
                      and p.refclassid = 'pg_class'::regclass and p.deptype = 'i'
      join pg_class c on c.oid = p.refobjid
      join pg_namespace n on n.oid = x.relnamespace
     where d.classoid = 'pg_class'::regclass and d.objsubid = 0
    union all
    select 0, 0, n.nspname, c.relname, 'tablespace of index',
           quote_ident(n.nspname) || '.' || quote_ident(x.relname)
      from pg_class x
      join pg_index i on i.indexrelid = x.oid
      join pg_class c on c.oid = i.indrelid
      join pg_namespace n on n.oid = c.relnamespace
     where x.reltablespace <> 0
       and x.relkind = 'i'
       and not exists (select from pg_constraint k
                        where k.conindid = x.oid and k.contype in ('p', 'u', 'x'))
    union all
    select 0, 0, null, null, 'security label',
           (select i.type || ' ' || i.identity
              from pg_identify_object(l.classoid, l.objoid, l.objsubid) i)
      from pg_seclabel l
)
select o.oid                       as oid
     , 0                           as subid
     , o.schema                    as schema
     , o.relation                  as relation
     , o.type || ' ' || o.identity as name
     , null                        as arguments
     , o.type                      as type
     , o.class                     as class
  from identified o
 where o.schema is null
    or o.schema !~ '^pg_' and o.schema not in ('information_schema', 'retort')
