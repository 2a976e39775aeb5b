-- GET /a
WITH x AS (DELETE FROM a) SELECT :a?, :a