ALTER TABLE t SET (autovacuum_enabled = false);

ALTER VIEW v SET (security_invoker = true);
