-- Who buys.

CREATE TABLE customer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    city text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customer_email_check CHECK (email LIKE '%_@_%')
);

COMMENT ON TABLE customer IS 'People who have bought something, or have begun to';

-- An address is taken once, whatever the case of its letters.
CREATE UNIQUE INDEX customer_email_idx ON customer (lower(email));
