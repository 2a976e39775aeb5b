-- since 14
CREATE UNLOGGED TABLE t (a text COMPRESSION pglz COLLATE "C", b int, c int, d varchar(20) DEFAULT 'x' NOT NULL) WITH (autovacuum_enabled = false); ALTER TABLE t ALTER a SET STORAGE EXTERNAL, ALTER b SET STATISTICS 7, ALTER b SET (n_distinct = 3);
