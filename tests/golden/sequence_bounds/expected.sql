SELECT setval('down', -50, false)
  FROM down
 WHERE last_value > -50;

ALTER SEQUENCE down START WITH -50 MAXVALUE -50;

ALTER SEQUENCE elsewhere START WITH 500 MINVALUE 500 MAXVALUE 9223372036854775807 RESTART WITH 500;

SELECT setval('later', 100, false)
  FROM later
 WHERE last_value < 100;

ALTER SEQUENCE later AS smallint START WITH 100 MINVALUE 100;

ALTER SEQUENCE smaller AS integer;

SELECT setval('unused', 1, false)
  FROM unused
 WHERE last_value > 100 AND NOT is_called;

ALTER SEQUENCE unused START WITH 1 MAXVALUE 100;

ALTER SEQUENCE wider MINVALUE 1 MAXVALUE 2000;

SELECT setval('t_id_seq', 7, false)
  FROM t_id_seq
 WHERE last_value < 7;

ALTER TABLE t ALTER COLUMN id SET START WITH 7 SET MINVALUE 7;
