-- GET /customers
-- summary: All customers, by id.
-- tags: customers
SELECT id, email, name, city, created_at FROM customer ORDER BY id;

-- GET /customers/{id}
-- summary: One customer by its id.
-- tags: customers
-- returns: one
SELECT id, email, name, city, created_at FROM customer WHERE id = :id;

-- POST /customers
-- summary: A new customer.
-- tags: customers
-- returns: one 201
INSERT INTO customer (email, name, city)
VALUES (:email, :name, :city?)
RETURNING id, email, name, city, created_at;
