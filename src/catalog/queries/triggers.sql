-- One row per trigger that a user made, constraint triggers included.
-- Source: pg_dump.c getTriggers(); documentation, system catalogs, pg_trigger.
select t.oid        as oid
     , 0            as subid
     , n.nspname    as schema
     , c.relname    as relation
     , t.tgname     as name
     , null         as arguments
     , pg_get_triggerdef(t.oid, true) as definition
     , t.tgenabled  as enabled
  from pg_trigger t
  join pg_class c on c.oid = t.tgrelid
  join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal
   and c.relkind in ('r', 'v')
   and not c.relispartition
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
