-- grants to the app role
--
-- revision: f84fbd964d34
-- revises: d3bdd4173fa1
-- created: 2026-11-23 04:15:05 UTC
-- proof: upgrade, downgrade; witness pg_dump 15.20; c84823ab

-- upgrade

GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE customer TO shop_app;

GRANT USAGE ON SEQUENCE customer_id_seq TO shop_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE item TO shop_app;

GRANT USAGE ON SEQUENCE item_id_seq TO shop_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE order_line TO shop_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE orders TO shop_app;

GRANT USAGE ON SEQUENCE orders_id_seq TO shop_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE order_total TO shop_app;

-- downgrade

REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLE customer FROM shop_app;

REVOKE USAGE ON SEQUENCE customer_id_seq FROM shop_app;

REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLE item FROM shop_app;

REVOKE USAGE ON SEQUENCE item_id_seq FROM shop_app;

REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLE order_line FROM shop_app;

REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLE orders FROM shop_app;

REVOKE USAGE ON SEQUENCE orders_id_seq FROM shop_app;

REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLE order_total FROM shop_app;
