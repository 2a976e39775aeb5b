-- What a backup says of the server and the database that it is of: one row.
--
-- Columns came with 15 (datlocprovider, daticulocale) and were renamed with 17 (datlocale), so they
-- are read from the row as JSON.
-- Source: documentation, pg_database.
with this as (
    select d.*, to_jsonb(d) as row
      from pg_catalog.pg_database d
     where d.datname = pg_catalog.current_database()
)
select pg_catalog.pg_encoding_to_char(encoding) as encoding,
       datcollate,
       datctype,
       case coalesce(row ->> 'datlocprovider', 'c')
           when 'i' then 'icu'
           when 'b' then 'builtin'
           else 'libc'
       end as locale_provider,
       coalesce(row ->> 'datlocale', row ->> 'daticulocale') as icu_locale,
       row ->> 'datcollversion' as collation_version,
       pg_catalog.current_setting('TimeZone') as timezone,
       pg_catalog.pg_database_size(oid) as bytes,
       pg_catalog.current_setting('server_version') as version_text,
       datname
  from this;
