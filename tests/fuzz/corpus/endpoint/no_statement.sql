-- GET /a
-- GET /b
SELECT 1