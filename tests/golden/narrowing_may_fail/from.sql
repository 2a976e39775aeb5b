CREATE TABLE t (a bigint, b varchar(20), c text, d numeric(10,2), e int, f varchar(5), g numeric, h int);
