-- removes the value 'b' of type e
ALTER TYPE e RENAME TO e__old;

CREATE TYPE e AS ENUM ('a', 'c');

ALTER TABLE u DROP CONSTRAINT u_x_fkey;

ALTER TABLE t ALTER COLUMN x TYPE e USING x::text::e;

ALTER TABLE u ALTER COLUMN x TYPE e USING x::text::e;

DROP TYPE e__old;

ALTER TABLE u
    ADD CONSTRAINT u_x_fkey FOREIGN KEY (x) REFERENCES t (x);
