-- GET /orders
-- summary: Orders, newest first; of one state, if it is named.
-- tags: orders
SELECT orders.id, orders.customer_id, orders.state, orders.placed_at
  FROM orders
 WHERE orders.state = :state? OR :state? IS NULL
 ORDER BY orders.id DESC;

-- GET /orders/{id}
-- summary: One order with its lines.
-- tags: orders
-- returns: one
SELECT orders.id, orders.customer_id, orders.state, orders.placed_at, order_total.total,
       ARRAY(SELECT jsonb_build_object('item', line.item_id, 'quantity', line.quantity,
                                       'price', line.price::text)
               FROM order_line AS line
              WHERE line.order_id = orders.id
              ORDER BY line.item_id) AS lines
  FROM orders
  LEFT JOIN order_total ON order_total.order_id = orders.id
 WHERE orders.id = :id;

-- POST /orders
-- summary: A new order; its lines take from the stock.
-- tags: orders
-- returns: one 201
WITH placed AS (
    INSERT INTO orders (customer_id) VALUES (:customer_id) RETURNING id, customer_id, state, placed_at
), lines AS (
    INSERT INTO order_line (order_id, item_id, quantity, price)
    SELECT placed.id, item.id, wanted.quantity, item.price
      FROM placed,
           unnest(:item_ids::bigint[], :quantities::integer[]) AS wanted (item_id, quantity)
      LEFT JOIN item ON item.id = wanted.item_id -- none: no line without an item, so 422
)
SELECT id, customer_id, state, placed_at FROM placed;

-- PUT /orders/{id}/state
-- summary: The state of an order.
-- tags: orders
-- returns: one
UPDATE orders SET state = :state WHERE id = :id RETURNING id, state;
