ALTER EXTENSION citext SET SCHEMA ext;

-- may fail: a value of column t.g may not fit (text to character varying(3))
ALTER TABLE t ALTER COLUMN g TYPE character varying(3);
