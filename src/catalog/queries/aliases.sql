-- One row per address that stands for another: the part or the twin of an object. Aliases can
-- follow one another; one whose own address is that of an object read means nothing.
-- Source: documentation, system catalogs; dependency.c, deptypes "internal" and "extension".
select a.class::oid    as class
     , a.oid           as oid
     , a.to_class::oid as to_class
     , a.to_oid        as to_oid
     , a.to_subid      as to_subid
  from (-- a view's rule
        select 'pg_rewrite'::regclass, r.oid, 'pg_class'::regclass, r.ev_class, 0
          from pg_rewrite r
         where r.oid >= 16384
        union all
        -- the expression of a generated column
        select 'pg_attrdef'::regclass, d.oid, 'pg_class'::regclass, d.adrelid, d.adnum::int
          from pg_attrdef d
          join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
          join pg_class c on c.oid = d.adrelid
         where a.attgenerated <> '' or c.relkind not in ('r', 'v') or c.relispartition
        union all
        -- a relation's row type; a composite type's relation
        select 'pg_type'::regclass, t.oid, 'pg_class'::regclass, t.typrelid, 0
          from pg_type t
          join pg_class c on c.oid = t.typrelid
         where t.oid >= 16384 and c.relkind <> 'c'
        union all
        select 'pg_class'::regclass, c.oid, 'pg_type'::regclass, c.reltype, 0
          from pg_class c
         where c.relkind = 'c'
        union all
        -- an array type
        select 'pg_type'::regclass, t.typarray, 'pg_type'::regclass, t.oid, 0
          from pg_type t
         where t.oid >= 16384 and t.typarray <> 0
        union all
        -- functions and the multirange that come with a range type
        select p.classid, p.objid, 'pg_type'::regclass, p.refobjid, 0
          from pg_depend p
          join pg_type t on t.oid = p.refobjid
         where p.refclassid = 'pg_type'::regclass and p.deptype = 'i'
           and t.typtype in ('r', 'm') and t.oid >= 16384
           and p.classid in ('pg_proc'::regclass, 'pg_type'::regclass)
        union all
        -- the index of a constraint
        select 'pg_class'::regclass, k.conindid, 'pg_constraint'::regclass, k.oid, 0
          from pg_constraint k
         where k.contype in ('p', 'u', 'x')
        union all
        -- the sequence of an identity column
        select 'pg_class'::regclass, p.objid, 'pg_class'::regclass, p.refobjid, p.refobjsubid
          from pg_depend p
          join pg_class s on s.oid = p.objid
         where p.classid = 'pg_class'::regclass and p.refclassid = 'pg_class'::regclass
           and p.deptype = 'i' and s.relkind = 'S'
        union all
        -- the constraint of a constraint trigger
        select 'pg_constraint'::regclass, t.tgconstraint, 'pg_trigger'::regclass, t.oid, 0
          from pg_trigger t
         where t.tgconstraint <> 0 and not t.tgisinternal
        union all
        -- what belongs to a relation of a kind that is not managed
        select w.class, w.oid, 'pg_class'::regclass, c.oid, 0
          from pg_class c
         cross join lateral (select 'pg_constraint'::regclass, k.oid
                               from pg_constraint k where k.conrelid = c.oid
                             union all
                             select 'pg_class'::regclass, i.indexrelid
                               from pg_index i where i.indrelid = c.oid
                             union all
                             select 'pg_trigger'::regclass, t.oid
                               from pg_trigger t where t.tgrelid = c.oid) w (class, oid)
         where c.relkind in ('p', 'f')
            or c.relkind = 'r' and (c.relispartition or c.reloftype <> 0
                                    or exists (select from pg_inherits h
                                                where h.inhrelid = c.oid))
        union all
        -- what a publication publishes
        select 'pg_publication_rel'::regclass, r.oid, 'pg_publication'::regclass, r.prpubid, 0
          from pg_publication_rel r
        union all select 'pg_publication_namespace'::regclass, r.oid  -- since 15
                       , 'pg_publication'::regclass, r.pnpubid, 0     -- since 15
                    from pg_publication_namespace r                   -- since 15
        union all
        -- what belongs to an extension
        select p.classid, p.objid, p.refclassid, p.refobjid, 0
          from pg_depend p
         where p.deptype = 'e'
       ) a (class, oid, to_class, to_oid, to_subid)
