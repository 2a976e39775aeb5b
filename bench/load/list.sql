\set category random(1, 5000)
SELECT id, name, price FROM item WHERE category = :category ORDER BY id LIMIT 20;
