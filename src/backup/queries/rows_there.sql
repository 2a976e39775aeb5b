-- How many tables of the user there are in a database that was just made, and whether one has a row
-- (what never had one has no page) or there is a large object. The version of the schema is not the
-- user's.
select count(*)::text                                                as tables
     , coalesce(bool_or(pg_catalog.pg_relation_size(c.oid) > 0), false)
       or exists (select from pg_catalog.pg_largeobject_metadata)       as filled
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r'
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort');
