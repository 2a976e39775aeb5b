-- orders
--
-- revision: d3bdd4173fa1
-- revises: ae5ec1047338
-- created: 2026-11-22 21:46:13 UTC
-- proof: upgrade, downgrade; witness pg_dump 15.20; 008818c7

-- upgrade

CREATE TYPE order_state AS ENUM ('open', 'paid', 'sent', 'returned');

CREATE FUNCTION take_from_stock()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE item SET stock = stock - NEW.quantity WHERE id = NEW.item_id;
    RETURN NEW;
END
$$;

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customer (id),
    state order_state NOT NULL DEFAULT 'open'::order_state,
    placed_at timestamp with time zone NOT NULL DEFAULT now()
);

CREATE TABLE order_line (
    order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    item_id bigint NOT NULL REFERENCES item (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    price price NOT NULL,
    PRIMARY KEY (order_id, item_id)
);

COMMENT ON COLUMN order_line.price IS 'What one item cost when it was ordered';

CREATE TRIGGER order_line_takes_from_stock AFTER INSERT ON order_line FOR EACH ROW EXECUTE FUNCTION take_from_stock();

CREATE INDEX orders_customer_idx ON orders (customer_id, placed_at DESC);

CREATE INDEX orders_unsent_idx ON orders (placed_at) WHERE state = ANY (ARRAY['open'::order_state, 'paid'::order_state]);

CREATE VIEW order_total AS
SELECT orders.id AS order_id,
    orders.customer_id,
    sum(line.quantity::numeric * line.price::numeric) AS total
   FROM orders
     JOIN order_line line ON line.order_id = orders.id
  GROUP BY orders.id;

-- downgrade

DROP VIEW order_total;

-- loses data: drops table order_line with its rows
DROP TABLE order_line;

-- loses data: drops table orders with its rows
DROP TABLE orders;

DROP FUNCTION take_from_stock();

DROP TYPE order_state;
