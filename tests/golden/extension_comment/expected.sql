COMMENT ON SCHEMA public IS NULL;

CREATE EXTENSION btree_gin;
COMMENT ON EXTENSION btree_gin IS 'for the search';

CREATE EXTENSION citext;

DO 'BEGIN EXECUTE (SELECT format(''COMMENT ON EXTENSION %I IS %L'', name, comment) FROM pg_available_extensions WHERE name = ''pgcrypto''); END';
