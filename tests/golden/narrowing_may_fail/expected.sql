-- may fail: a value of column t.a may not fit (bigint to integer)
ALTER TABLE t ALTER COLUMN a TYPE integer;

-- may fail: a value of column t.b may not fit (character varying(20) to character varying(10))
ALTER TABLE t ALTER COLUMN b TYPE character varying(10);

-- may fail: a value of column t.c may not fit (text to integer)
ALTER TABLE t ALTER COLUMN c TYPE integer USING c::integer;

-- may fail: a value of column t.d may not fit (numeric(10,2) to numeric(5,2))
ALTER TABLE t ALTER COLUMN d TYPE numeric(5,2);

ALTER TABLE t ALTER COLUMN e TYPE bigint;
ALTER TABLE t ALTER COLUMN f TYPE text;

-- may round or cut the values of column t.g (numeric to real)
-- may fail: a value of column t.g may not fit (numeric to real)
ALTER TABLE t ALTER COLUMN g TYPE real;

ALTER TABLE t ALTER COLUMN h TYPE numeric(10,0);
