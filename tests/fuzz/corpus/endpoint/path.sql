-- GET /a/{b}/{c}/%41/ä
-- returns: scalar 200
SELECT :b, :c