-- GET /items/{id}
-- summary: One item by its id.
-- returns: one
SELECT id, name, price FROM item WHERE id = :id;

-- GET /categories/{category}/items
-- summary: The items of a category.
-- returns: many
SELECT id, name, price FROM item WHERE category = :category ORDER BY id LIMIT 20;

-- GET /categories/{category}/pages
-- summary: The items of a category, a page at a time.
-- returns: many
SELECT id, name, price FROM item WHERE category = :category ORDER BY id;

-- POST /entries
-- summary: Keep a new entry.
-- returns: one 201
INSERT INTO entry (name) VALUES (:name) RETURNING id, name;
