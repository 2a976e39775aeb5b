CREATE EXTENSION pgcrypto;
COMMENT ON EXTENSION pgcrypto IS 'for passwords';
COMMENT ON SCHEMA public IS 'ours';
