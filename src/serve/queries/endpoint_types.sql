-- One row per type of $1 (oid[]), per type of the columns that $2 (oid[], relations) and $3 (int2[],
-- numbers) name, and per type that these are made of: what a domain stands for, elements of arrays,
-- ranges and multiranges, fields of composites. What a row means, api/type.h says.
-- Source: documentation, system catalogs, pg_type, pg_range, pg_enum.
with recursive needed (oid) as (
    (
        select unnest($1::oid[])
        union
        select a.atttypid
          from unnest($2::oid[], $3::int2[]) w (relation, number)
          join pg_attribute a on a.attrelid = w.relation and a.attnum = w.number
    )
    union
    select p.oid
      from needed n
      join pg_type t on t.oid = n.oid
      cross join lateral (
            select t.typbasetype
      union select t.typelem where t.typelem <> 0 and t.typlen = -1
      union select a.atttypid from pg_attribute a
             where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
      union select r.rngsubtype from pg_range r where r.rngtypid = t.oid
      union select r.rngtypid from pg_range r where r.rngmultitypid = t.oid  -- since 14
      ) p (oid)
     where p.oid <> 0
), bases (oid, base, not_null) as (
    select t.oid, t.oid, false
      from needed n
      join pg_type t on t.oid = n.oid
    union all
    select b.oid, t.typbasetype, b.not_null or t.typnotnull
      from bases b
      join pg_type t on t.oid = b.base
     where t.typtype = 'd'
)
select b.oid                                            as oid
     , format_type(b.oid, null)                         as name
     , case when t.typnamespace = 'pg_catalog'::regnamespace then t.typname else '' end as base
     , t.typtype                                        as kind
     , b.oid <> b.base                                  as domain
     , b.not_null                                       as not_null
     , case when r.oid is not null then r.oid
            when t.typlen = -1 then t.typelem
            else 0 end                                  as element
     , t.typoutput = 'array_out'::regproc               as is_array
     , coalesce(e.typdelim, ',')                        as delimiter
     , case when t.typtype = 'e'
            then array(select l.enumlabel::text from pg_enum l
                        where l.enumtypid = t.oid order by l.enumsortorder) end as labels
     , case when t.typtype = 'c'
            then array(select a.attname::text from pg_attribute a
                        where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
                        order by a.attnum) end          as field_names
     , case when t.typtype = 'c'
            then array(select a.atttypid from pg_attribute a
                        where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
                        order by a.attnum) end          as field_types
     , case when o.typnamespace <> 'pg_catalog'::regnamespace
            then coalesce(obj_description(o.oid, 'pg_type'),
                          obj_description(o.typrelid, 'pg_class')) end as comment
  from bases b
  join pg_type o on o.oid = b.oid
  join pg_type t on t.oid = b.base and t.typtype <> 'd'
  left join pg_type e on e.oid = t.typelem
  left join lateral (
        select g.rngsubtype from pg_range g where g.rngtypid = t.oid
  union select g.rngtypid from pg_range g where g.rngmultitypid = t.oid  -- since 14
  ) r (oid) on true
 order by b.oid
