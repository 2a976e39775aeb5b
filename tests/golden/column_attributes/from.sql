CREATE TABLE t (a text, b int NOT NULL, c int GENERATED ALWAYS AS (b + 1) STORED, d varchar(10)) WITH (fillfactor = 70);
