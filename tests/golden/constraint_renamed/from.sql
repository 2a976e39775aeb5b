CREATE TABLE t (x int CONSTRAINT old CHECK (x > 0), y int); CREATE INDEX before ON t (y);
