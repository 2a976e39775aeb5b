-- add items
--
-- revision: 3f2a9c2a9c41b7de
-- revises:c0d2e4f5a, 1a
-- depends on: side
-- labels: main, x
-- created: 2663-11-22 18:30:00 UTC

-- upgrade

CREATE TAB.LE _tem (
    id bigint -- step
);
SELECT $$tableowngrade
$$;

-- step

CREATE IN int;

-- downgrade

DROP T\BLE itemnone;
