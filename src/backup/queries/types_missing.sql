-- Those of the types $1 that are not here.
select t.name
  from unnest($1::text[]) with ordinality as t (name, place)
 where pg_catalog.to_regtype(t.name) is null
 order by t.place;
