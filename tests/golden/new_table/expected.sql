CREATE TABLE customer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    age integer CHECK (age > 0),
    created timestamp with time zone NOT NULL DEFAULT now()
);

COMMENT ON COLUMN customer.email IS 'it''s unique';
CREATE INDEX customer_lower_idx ON customer (lower(email)) WHERE age > 17;
