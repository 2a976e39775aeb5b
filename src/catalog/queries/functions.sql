-- One row per function, window function and procedure.
--
-- Settings: a value of the kind that is a list (search_path) is stored quoted; only its empty
-- names must become literals, which SET takes where "" would be an error.
-- Source: pg_dump.c dumpFunc(); ruleutils.c pg_get_functiondef(); documentation, system
-- catalogs, pg_proc.
select p.oid                                 as oid
     , 0                                     as subid
     , n.nspname                             as schema
     , null                                  as relation
     , p.proname                             as name
     , oidvectortypes(p.proargtypes)         as arguments
     , p.prokind                             as type
     , pg_get_function_arguments(p.oid)      as arguments_sql
     , array(select coalesce(p.proargnames[i], '')
               from generate_subscripts(coalesce(p.proallargtypes,
                                                 p.proargtypes::oid[]), 1) g
               cross join lateral (select case when p.proallargtypes is null
                                               then g + 1 else g end) o (i)
              where coalesce(p.proargmodes[i], 'i') in ('i', 'b', 'v')
              order by i)::text              as argument_names
     , p.pronargdefaults                     as defaults
     , case when p.prokind <> 'p'
            then pg_get_function_result(p.oid) end as result
     , quote_ident(l.lanname)                as language
     , p.provolatile                         as volatility
     , p.proisstrict                         as strict
     , p.prosecdef                           as security_definer
     , p.proleakproof                        as leakproof
     , p.proparallel                         as parallel
     , nullif(p.procost, case when l.lanname in ('internal', 'c') then 1 else 100 end) as cost
     , case when p.proretset and p.prorows <> 1000 then p.prorows end as rows
     , nullif(p.prosupport, 0)::regproc::text as support
     , (select string_agg('FOR TYPE ' || format_type(t.type, null), ', ' order by t.place)
          from unnest(p.protrftypes) with ordinality t (type, place)) as transforms
     , (select array_agg(s.name || ' TO '
                         || case when s.name in ('search_path', 'temp_tablespaces',
                                                 'local_preload_libraries',
                                                 'session_preload_libraries',
                                                 'shared_preload_libraries',
                                                 'unix_socket_directories')
                                 then regexp_replace(s.value, '(^|, )""(?=,|$)', '\1''''', 'g')
                                 else quote_literal(s.value) end
                         order by s.place)
          from (select split_part(w.word, '=', 1), substr(w.word, strpos(w.word, '=') + 1), w.place
                  from unnest(p.proconfig) with ordinality w (word, place))
                 s (name, value, place))::text as settings
     , p.prosrc                              as body
     , p.probin                              as library
     , pg_get_function_sqlbody(p.oid)        as sql_body  -- since 14, before: null
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
 where p.prokind in ('f', 'p', 'w')
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_proc'::regclass and e.objid = p.oid
                      and e.deptype in ('e', 'i'))
