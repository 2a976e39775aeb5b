-- The statements that give the database $2 what the database $1 has beside its content: owner, rights,
-- settings (also those of a role in it), connection limit, comment, security labels; in their order.
--
-- Rights: as pg_database.datacl has them; NULL are the usual ones, which a new database has. A list
-- such as search_path is kept as SQL text, as pg_dump does it, any other value as one literal.
-- Source: documentation, pg_database, pg_db_role_setting, pg_shdescription, pg_shseclabel;
-- pg_dumpall.c, makeAlterConfigCommand().
with live as (
    select * from pg_catalog.pg_database d where d.datname = $1::pg_catalog.text
), rights as (
    select a.*, r.rolname as grantee_name, o.rolname as owner_name
      from live l
           cross join lateral pg_catalog.aclexplode(l.datacl) a
      left join pg_catalog.pg_roles r on r.oid = a.grantee
      join pg_catalog.pg_roles o on o.oid = l.datdba
), configured as (
    select s.setrole, c.setting, c.place,
           pg_catalog.split_part(c.setting, '=', 1) as name,
           pg_catalog.substr(c.setting, pg_catalog.strpos(c.setting, '=') + 1) as value
      from live l
      join pg_catalog.pg_db_role_setting s on s.setdatabase = l.oid
           cross join lateral pg_catalog.unnest(s.setconfig) with ordinality c (setting, place)
), statements as (
    select 1 as step, 0::pg_catalog.int8 as place,
           pg_catalog.format('ALTER DATABASE %I OWNER TO %I', $2::pg_catalog.text, r.rolname) as sql
      from live l
      join pg_catalog.pg_roles r on r.oid = l.datdba
    union all
    select 2, 0, pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I', $2, r.rolname)
      from live l
      join pg_catalog.pg_roles r on r.oid = l.datdba
     where l.datacl is not null
    union all
    select 3, 0,
           pg_catalog.format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, $2,
                             case when a.grantee = 0 then 'PUBLIC'
                                  else pg_catalog.quote_ident(a.grantee_name) end,
                             case when a.is_grantable then ' WITH GRANT OPTION' else '' end)
      from rights a
     where a.grantee = 0 or a.grantee_name is not null
    union all
    select 4, c.place,
           pg_catalog.format('ALTER %s SET %I TO %s',
                             case when c.setrole = 0 then pg_catalog.format('DATABASE %I', $2)
                                  else pg_catalog.format('ROLE %I IN DATABASE %I', r.rolname, $2)
                             end,
                             c.name,
                             case when c.name in ('search_path', 'temp_tablespaces',
                                                  'session_preload_libraries',
                                                  'shared_preload_libraries',
                                                  'local_preload_libraries',
                                                  'unix_socket_directories')
                                   and c.value <> ''
                                  then c.value else pg_catalog.quote_literal(c.value) end)
      from configured c
      left join pg_catalog.pg_roles r on r.oid = c.setrole
     where c.setrole = 0 or r.oid is not null
    union all
    select 5, 0, pg_catalog.format('ALTER DATABASE %I CONNECTION LIMIT %s', $2, l.datconnlimit)
      from live l
     where l.datconnlimit >= 0
    union all
    select 6, 0, pg_catalog.format('COMMENT ON DATABASE %I IS %L', $2, s.description)
      from live l
      join pg_catalog.pg_shdescription s
        on s.objoid = l.oid and s.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
    union all
    select 7, 0,
           pg_catalog.format('SECURITY LABEL FOR %I ON DATABASE %I IS %L', s.provider, $2, s.label)
      from live l
      join pg_catalog.pg_shseclabel s
        on s.objoid = l.oid and s.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
)
select sql from statements order by step, place, sql;
