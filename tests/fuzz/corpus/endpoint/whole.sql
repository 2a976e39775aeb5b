-- Items of the shop.

-- GET /items/{id}
-- summary: One item by its id.
-- Prices are net.
--
-- tags: shop, public items
-- returns: one
-- cache: public, max-age=60
-- deadline: 250ms
-- lane: slow
-- role: clerk, admin
-- version: changed
-- deprecated: yes
SELECT id, a[1:2], a[:lo?:n], b::text, 'x' ':no' -- :no
  FROM item WHERE id = :id AND tags ? :tag?;

-- POST /items
-- returns: one 201
WITH x AS (SELECT set_config('a.b', :name, true))
INSERT INTO item (name, price) VALUES (:name, :price?) RETURNING id;
UPDATE item SET n = n + 1 WHERE v = :if_match;

-- GET /live
-- verify: no
