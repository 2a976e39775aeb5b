"""A database with a little of everything, and what is in a database as one text."""
import hashlib
import json
import re
import subprocess

from support.server import clean_environment, find_program

SHOP = """
CREATE EXTENSION pgcrypto;
CREATE TYPE color AS ENUM ('red', 'green');
CREATE DOMAIN price AS numeric(10, 2) CHECK (VALUE >= 0);
CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL, kind color, price price, tags text[], data jsonb, weight float8,
    photo bytea, made timestamptz DEFAULT '2026-11-22 18:30:00+00', gone int,
    total numeric GENERATED ALWAYS AS (price * 2) STORED);
ALTER TABLE item DROP COLUMN gone;
CREATE TABLE "Order; \\connect" (item bigint REFERENCES item, "when" date) PARTITION BY RANGE ("when");
CREATE TABLE order_old PARTITION OF "Order; \\connect" FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE order_new PARTITION OF "Order; \\connect" FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE SEQUENCE "Odd 'name" START 7;
DO $do$ BEGIN
    IF current_setting('server_version_num')::int >= 140000 THEN EXECUTE
        'CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n; SELECT n * 2; END';
    END IF;
END $do$;
CREATE MATERIALIZED VIEW dear AS SELECT id, name FROM item WHERE price > 5;
INSERT INTO item (name, kind, price, tags, data, weight, photo)
SELECT 'item ' || n, (ARRAY['red', 'green'])[n % 2 + 1]::color, n % 10, ARRAY[n::text, NULL, 'a"b'],
       jsonb_build_object('n', n, 'text', E'tab\\there'), n / 3.0, decode('00ff5c', 'hex')
  FROM generate_series(1, 1000) n;
INSERT INTO item (name) VALUES (E'line\\nbreak, \\\\N and \\\\. and a quote '''), ('');
INSERT INTO "Order; \\connect" SELECT id, date '2025-06-01' + id::int FROM item;
SELECT nextval('"Odd ''name"'), nextval('"Odd ''name"');
SELECT lo_from_bytea(4711, decode(repeat('00ff', 5000), 'hex'));
REFRESH MATERIALIZED VIEW dear;
"""


def pg_dump(database, *args):
    """Its bytes."""
    return subprocess.run([find_program("pg_dump"), "-d", database.url, *args], check=True,
                          capture_output=True, env=clean_environment()).stdout


def content(database):
    """All of a database: its schema and its rows in their order."""
    return re.sub(rb"^\\(un)?restrict .*\n", b"", pg_dump(database), flags=re.MULTILINE)


def backup(project, *args):
    """Takes one; gives its folder, its manifest and what was printed."""
    row = json.loads(project.run("backup", "--json", *args).out)
    folder = project.folder / row["folder"]
    return folder, json.loads((folder / "manifest.json").read_text())


def reseal(folder, manifest):
    """Writes another manifest, with the checksum that makes it look as it was written so."""
    manifest = {key: value for key, value in manifest.items() if key != "checksum"}
    text = json.dumps(manifest, indent=2).rstrip("}").rstrip()
    seal = hashlib.sha256(text.encode()).hexdigest()
    (folder / "manifest.json").write_text(f'{text},\n  "checksum": "{seal}"\n}}\n')
