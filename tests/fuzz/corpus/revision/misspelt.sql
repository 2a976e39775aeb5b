-- add items
--
-- revision: 3f2a9c41b7de
-- revises: 9b1c0d2e4f5a, 1a
-- depends on: side
-- labels: main, x
-- created: 2026-11-22 18:30:00 UTC

-- upgrade

CREATE TABLE item (
    id bigint -- step
);
SELECT $$
-- downgrade
$$;

-- step

CREATE INDEX CONCURRENTLY i ON item (id);
ALTER TABLE item ADD b int;

-- Downgrade

DROP TABLE item;
