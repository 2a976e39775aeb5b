-- customers and items
--
-- revision: ae5ec1047338
-- revises: none
-- created: 2026-11-22 21:46:09 UTC
-- proof: upgrade, downgrade; witness pg_dump 15.20; cc51b1e9

-- upgrade

CREATE DOMAIN price AS numeric(10,2)
    CONSTRAINT price_not_negative CHECK (VALUE >= 0::numeric);

CREATE TABLE customer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL CHECK (email ~~ '%_@_%'::text),
    name text NOT NULL,
    city text,
    created_at timestamp with time zone NOT NULL DEFAULT now()
);

COMMENT ON TABLE customer IS 'People who have bought something, or have begun to';

CREATE UNIQUE INDEX customer_email_idx ON customer (lower(email));

CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price price NOT NULL,
    stock integer NOT NULL DEFAULT 0 CHECK (stock >= 0)
);

COMMENT ON COLUMN item.stock IS 'How many can be sold now; see take_from_stock()';

-- downgrade

-- loses data: drops table customer with its rows
DROP TABLE customer;

-- loses data: drops table item with its rows
DROP TABLE item;

DROP DOMAIN price;
