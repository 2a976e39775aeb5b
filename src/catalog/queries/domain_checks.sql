-- One row per check constraint of a domain.
-- Source: pg_dump.c getDomainConstraints(); documentation, system catalogs, pg_constraint.
select k.oid           as oid
     , 0               as subid
     , n.nspname       as schema
     , t.typname       as relation
     , k.conname       as name
     , null            as arguments
     , regexp_replace(pg_get_constraintdef(k.oid, true), ' NOT VALID$', '') as definition
     , k.convalidated  as valid
  from pg_constraint k
  join pg_type t on t.oid = k.contypid
  join pg_namespace n on n.oid = t.typnamespace
 where k.contype = 'c'
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
