\set id random(1, 100000)
SELECT id, name, price FROM item WHERE id = :id;
