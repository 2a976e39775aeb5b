-- Who holds the lock that a session with the application_name $1 waits for, in a line; of several
-- the one whose transaction is the oldest. What it runs is only told to those who may see it
-- (pg_read_all_stats, or its own role).
-- Source: documentation, pg_blocking_pids(), pg_stat_activity, pg_locks.
select pg_catalog.format('a lock on %s, which process %s has (%s)%s',
                         coalesce('"' || n.nspname || '.' || c.relname || '"', 'something'),
                         h.pid,
                         pg_catalog.concat_ws(', ', 'role "' || h.usename || '"',
                                   nullif(h.application_name, ''), h.state,
                                   'since ' || pg_catalog.to_char(h.xact_start,
                                                                  'YYYY-MM-DD HH24:MI:SS TZ')),
                         case when h.query = '' or h.query = '<insufficient privilege>' then ''
                              else ': ' || pg_catalog.left(pg_catalog.regexp_replace(
                                               h.query, '\s+', ' ', 'g'), 80) end)
  from pg_catalog.pg_stat_activity w
 cross join lateral pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) b (pid)
  join pg_catalog.pg_stat_activity h on h.pid = b.pid
  left join pg_catalog.pg_locks l on l.pid = w.pid and not l.granted and l.locktype = 'relation'
  left join pg_catalog.pg_class c on c.oid = l.relation
  left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where w.application_name = $1::pg_catalog.text
   and w.datname = pg_catalog.current_database()
   and w.wait_event_type = 'Lock'
 order by h.xact_start, h.pid
 limit 1;
