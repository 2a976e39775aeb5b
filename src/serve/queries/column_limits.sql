-- Columns whose type holds less than what is sent for them: varchar(n), char(n), numeric(p, s) and
-- domains. One row each; a limit that is none is NULL.
-- Source: documentation, system catalogs, pg_attribute, pg_type; the typmod of a numeric.
select c.relname as relation
     , a.attname as column
     , n.nspname as schema
     , case when t.typtype = 'd' then d.nspname end as domain_schema
     , case when t.typtype = 'd' then t.typname end as domain
     , case when a.atttypid in ('varchar'::regtype, 'bpchar'::regtype)
            then a.atttypmod - 4 end as characters
     , case when a.atttypid = 'numeric'::regtype
            then ((a.atttypmod - 4) >> 16) & 65535 end as precision
     , case when a.atttypid = 'numeric'::regtype
            then (((a.atttypmod - 4) & 2047) # 1024) - 1024 end as scale
  from pg_attribute as a
  join pg_class as c on c.oid = a.attrelid
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_type as t on t.oid = a.atttypid
  join pg_namespace as d on d.oid = t.typnamespace
 where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'f')
   and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
   and (t.typtype = 'd'
        or (a.atttypmod > 3
            and a.atttypid in ('varchar'::regtype, 'bpchar'::regtype, 'numeric'::regtype)))
 order by c.relname, a.attname, n.nspname
