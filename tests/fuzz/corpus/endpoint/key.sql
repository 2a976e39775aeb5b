-- GET /a
-- sumary: x
SELECT 1