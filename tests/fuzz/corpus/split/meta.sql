\connect x
select 1 \gset
;\.
