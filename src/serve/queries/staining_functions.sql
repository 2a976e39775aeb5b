-- The names among $1 (text[]) of functions that may leave something behind in a session or a
-- transaction: a setting, a lock. Volatile ones, but for those of PostgreSQL that are known to be
-- harmless; and those that users wrote, whatever they call themselves. Of one in SQL that is not
-- volatile, which can do no more than select, the text tells; without one it does.
-- Source: documentation, system catalogs, pg_proc; function volatility categories.
select distinct p.proname as name
     , case
         when p.provolatile <> 'v' and l.lanname = 'sql' and p.prokind = 'f'
              and p.proconfig is null and p.prosrc <> '' -- which BEGIN ATOMIC leaves empty
         then p.prosrc
       end as text
  from pg_proc p
  join pg_language l on l.oid = p.prolang
 where p.proname = any ($1::name[])
   and case
         when p.pronamespace = 'pg_catalog'::regnamespace
         then p.provolatile = 'v'
              and p.proname not in ('random', 'clock_timestamp', 'timeofday', 'gen_random_uuid'
                                  , 'nextval', 'pg_sleep', 'pg_stat_clear_snapshot'
                                  , 'uuidv4', 'uuidv7', 'random_normal')
         when exists (select
                        from pg_depend e
                       where e.classid = 'pg_proc'::regclass and e.objid = p.oid
                         and e.deptype = 'e')
         then p.provolatile = 'v'
              and p.proname not in ('uuid_generate_v1', 'uuid_generate_v1mc', 'uuid_generate_v4'
                                  , 'gen_random_uuid', 'gen_random_bytes', 'gen_salt')
         else p.provolatile = 'v' or l.lanname not in ('internal', 'c') or p.prokind in ('a', 'w')
       end
 order by 1, 2
