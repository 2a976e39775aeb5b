-- drops table t with its rows
DROP TABLE t;

CREATE VIEW t AS
SELECT a
   FROM base;
