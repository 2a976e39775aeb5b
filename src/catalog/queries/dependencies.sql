-- One row per dependency: the first object needs the second. Internal ones join the parts of
-- one object and are left to aliases.sql. That a column owns a sequence is no need of the
-- sequence's, but of the made-up object (pg_depend, sequence) of owned_by.sql.
-- Source: documentation, system catalogs, pg_depend.
select case when s.seqrelid is not null then 'pg_depend'::regclass::oid
            else d.classid end     as class
     , d.objid                     as oid
     , d.objsubid                  as subid
     , d.refclassid                as needed_class
     , d.refobjid                  as needed_oid
     , d.refobjsubid               as needed_subid
  from pg_depend d
  left join pg_sequence s on s.seqrelid = d.objid and d.classid = 'pg_class'::regclass
                         and d.deptype = 'a' and d.refobjsubid > 0
 where d.deptype in ('n', 'a')
   and d.objid >= 16384
   and (d.refobjid >= 16384 or d.refclassid = 'pg_namespace'::regclass)
