CREATE TABLE t (a int, b varchar(10), c int, d numeric(5,2), e bigint, f text, g real, h numeric(10,0));
