-- What is sold.

-- GET /items
-- summary: All items, by id.
-- tags: items
SELECT id, name, price, stock FROM item ORDER BY id;

-- GET /items/{id}
-- summary: One item by its id.
-- tags: items
-- returns: one
SELECT id, name, price, stock FROM item WHERE id = :id;

-- POST /items
-- summary: A new item.
-- tags: items
-- returns: one 201
INSERT INTO item (name, price, stock)
VALUES (:name, :price, coalesce(:stock?::integer, 0))
RETURNING id, name, price, stock;

-- PUT /items/{id}
-- summary: An item, changed as a whole.
-- tags: items
-- returns: one
UPDATE item SET name = :name, price = :price, stock = :stock
 WHERE id = :id
RETURNING id, name, price, stock;

-- DELETE /items/{id}
-- summary: No such item any more; one that was ordered stays.
-- tags: items
-- returns: none
DELETE FROM item WHERE id = :id;
