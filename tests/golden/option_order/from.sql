CREATE TABLE t (a int) WITH (fillfactor = 70); CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t;
