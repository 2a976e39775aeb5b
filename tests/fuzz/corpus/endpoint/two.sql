-- PUT /a/{a}
-- returns: none 202
-- description:
--   key: text
DELETE FROM a WHERE b = :a;INSERT INTO c VALUES(:b)