-- What the application may do: the role that `retort serve` and `retort dev` connect as. It owns
-- nothing, so it can change no table. The private server has made it; another server needs
--     CREATE ROLE shop_app LOGIN PASSWORD '...';

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO shop_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO shop_app;
