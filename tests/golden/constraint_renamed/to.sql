CREATE TABLE t (x int CONSTRAINT new CHECK (x > 0), y int); CREATE INDEX after ON t (y);
