CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, age int CHECK (age > 0), created timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON customer (lower(email)) WHERE age > 17;
COMMENT ON COLUMN customer.email IS 'it''s unique';
