-- since 15
CREATE TABLE t (a int) WITH (autovacuum_enabled = false, fillfactor = 70); CREATE VIEW v WITH (security_invoker, security_barrier) AS SELECT a FROM t;
