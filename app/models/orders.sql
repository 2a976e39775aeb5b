-- What was ordered. Nothing here has to stand before what it needs: Retort finds the order.

CREATE VIEW order_total AS
    SELECT orders.id AS order_id, orders.customer_id, sum(line.quantity * line.price) AS total
      FROM orders
      JOIN order_line AS line ON line.order_id = orders.id
     GROUP BY orders.id;

CREATE TYPE order_state AS ENUM ('open', 'paid', 'sent', 'returned');

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customer (id),
    state order_state NOT NULL DEFAULT 'open',
    placed_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orders_customer_idx ON orders (customer_id, placed_at DESC);
CREATE INDEX orders_unsent_idx ON orders (placed_at) WHERE state IN ('open', 'paid');

CREATE TABLE order_line (
    order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    item_id bigint NOT NULL REFERENCES item (id),
    quantity integer NOT NULL,
    price price NOT NULL,
    PRIMARY KEY (order_id, item_id),
    CONSTRAINT order_line_quantity_check CHECK (quantity > 0)
);

COMMENT ON COLUMN order_line.price IS 'What one item cost when it was ordered';

CREATE FUNCTION take_from_stock() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE item SET stock = stock - NEW.quantity WHERE id = NEW.item_id;
    RETURN NEW;
END
$$;

CREATE TRIGGER order_line_takes_from_stock
    AFTER INSERT ON order_line
    FOR EACH ROW EXECUTE FUNCTION take_from_stock();
