-- What is sold.

CREATE DOMAIN price AS numeric(10, 2)
    CONSTRAINT price_not_negative CHECK (VALUE >= 0);

CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price price NOT NULL,
    stock integer NOT NULL DEFAULT 0,
    CONSTRAINT item_stock_check CHECK (stock >= 0)
);

COMMENT ON COLUMN item.stock IS 'How many can be sold now; see take_from_stock()';
