--
-- revision: a
-- revises: none
-- irreversible: data is gone

-- upgrade
DROP TABLE t;
