-- How many large objects there are, their bytes, and the sum of hashes of their pieces of 1 MiB,
-- each with the object's number and the piece's as the seed.
--
-- By content and not by pages of pg_largeobject: those only superusers read, and of an object with
-- holes there are fewer before a dump than after it.
   select count(*) filter (where p.n = 0)::text    as objects
        , coalesce(sum(p.bytes), 0)::text          as bytes
        , coalesce(sum(p.hash), 0)::text           as hash
     from pg_largeobject_metadata m
    cross join lateral (
          with recursive piece as (
              select 0::bigint as n
                   , length(d.data) as bytes
                   , hashtextextended(d.data::text, m.oid::bigint << 32) as hash
                from (select lo_get(m.oid, 0, 1048576) as data offset 0) d
              union all
              select p.n + 1
                   , length(d.data)
                   , hashtextextended(d.data::text, (m.oid::bigint << 32) + p.n + 1)
                from piece p
               cross join lateral (
                     select lo_get(m.oid, (p.n + 1) * 1048576, 1048576) as data offset 0) d
               where p.bytes = 1048576
          )
          select * from piece) p
