--
-- revision: a
-- revises: none
-- irreversible: dita is gon

-- upgrade
DROP TAB~LE t;
