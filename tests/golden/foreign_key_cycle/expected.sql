CREATE TABLE b (
    id integer PRIMARY KEY,
    a_id integer
);

CREATE TABLE a (
    id integer PRIMARY KEY,
    b_id integer REFERENCES b (id) DEFERRABLE INITIALLY DEFERRED
);

ALTER TABLE b
    ADD CONSTRAINT b_a_id_fkey FOREIGN KEY (a_id) REFERENCES a (id);
