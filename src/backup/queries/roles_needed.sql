-- The roles that objects of this database name: owners, grantees, roles of policies and of default
-- privileges; and the owner of the database.
-- Source: documentation, pg_shdepend.
select r.rolname
  from pg_catalog.pg_roles r
 where r.oid in (
           select s.refobjid
             from pg_catalog.pg_shdepend s
             join pg_catalog.pg_database d on d.oid = s.dbid
            where d.datname = pg_catalog.current_database()
              and s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
            union all
           select d.datdba
             from pg_catalog.pg_database d
            where d.datname = pg_catalog.current_database())
 order by r.rolname collate "C";
