-- What all the services and pgbench work on.
CREATE TABLE item (
    id bigint PRIMARY KEY,
    category integer NOT NULL,
    name text NOT NULL,
    price integer NOT NULL,
    description text
);

INSERT INTO item
SELECT n, (n - 1) / 20 + 1, 'item number ' || n, n % 1000, repeat('a long description ', 5)
  FROM generate_series(1, 100000) n;

CREATE INDEX item_category_id_idx ON item (category, id);

-- Nobody cleans up while something is measured.
CREATE TABLE entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
) WITH (autovacuum_enabled = off);
