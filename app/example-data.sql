-- Customers, items and orders to look at, for an empty database: no part of the schema, so no
-- revision holds them, and no other database gets them.
--
--     retort db psql -- -f example-data.sql

BEGIN;

INSERT INTO customer (email, name, city, created_at) VALUES
    ('ada@example.org', 'Ada Lovelace', 'London', '2026-01-04 09:12+00'),
    ('grace@example.org', 'Grace Hopper', 'New York', '2026-01-17 15:40+00'),
    ('edgar@example.org', 'Edgar Codd', NULL, '2026-02-02 11:05+00');

INSERT INTO item (name, price, stock) VALUES
    ('pen', 1.50, 400),
    ('notebook', 4.20, 120),
    ('lamp', 39.00, 8),
    ('chair', 120.00, 3);

WITH placed AS (
    INSERT INTO orders (customer_id, state, placed_at)
    SELECT customer.id, wanted.state::order_state, wanted.placed_at::timestamptz
      FROM (VALUES ('ada@example.org', 'sent', '2026-02-10 10:00+00'),
                   ('grace@example.org', 'paid', '2026-02-11 16:30+00'),
                   ('ada@example.org', 'open', '2026-02-12 08:15+00'))
           AS wanted (email, state, placed_at)
      JOIN customer USING (email)
     ORDER BY wanted.placed_at
    RETURNING id, placed_at
)
INSERT INTO order_line (order_id, item_id, quantity, price)
SELECT placed.id, item.id, wanted.quantity, item.price
  FROM (VALUES ('2026-02-10 10:00+00', 'pen', 10),
               ('2026-02-10 10:00+00', 'notebook', 2),
               ('2026-02-11 16:30+00', 'lamp', 1),
               ('2026-02-12 08:15+00', 'chair', 1))
       AS wanted (placed_at, item, quantity)
  JOIN placed ON placed.placed_at = wanted.placed_at::timestamptz
  JOIN item ON item.name = wanted.item;

COMMIT;
