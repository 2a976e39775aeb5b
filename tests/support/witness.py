"""The independent witness: whether two databases are the same, as pg_dump tells it.

A dump is cut into statements, which are compared as a multiset. The columns and constraints
of a table are compared as a sorted list (column order alone is no difference), the rest
literally. If two dumps differ, both are loaded into new databases and dumped once more:
text that the server prints is not always stable under one reparse. Of a server that is newer than
any installed pg_dump, support/reading.py tells instead; that text is compared without reloading.
"""
import re
from collections import Counter

from support.reading import MARK
from support.sqltext import split_list, statements

OPTIONS = re.compile(r"WITH \(((?:[\w.]+='[^', ]*'(?:, )?)+)\)")
TABLE = re.compile(
    r"(?P<head>CREATE (?:UNLOGGED )?TABLE (?P<name>\S.*?) \()(?P<body>.*?)\n\)(?P<tail>.*)\Z",
    re.DOTALL,
)
STATE = re.compile(r"SET (?P<key>default_tablespace|default_table_access_method) = (?P<value>.*)\Z")
NOISE = re.compile(r"SET |SELECT pg_catalog\.set_config\(")
PLACED = re.compile(
    r"CREATE (?:UNLOGGED )?(?:TABLE|MATERIALIZED VIEW|(?:UNIQUE )?INDEX)"
    r"|ALTER TABLE .*ADD CONSTRAINT",
    re.DOTALL,
)
TAGS = re.compile(r"(?<=WHEN TAG IN \().*?(?=\))", re.DOTALL)

# Kinds that a later issue completes, by the statement that makes or marks them.
LATER = [
    ("policy", r"CREATE POLICY|COMMENT ON POLICY"),
    ("row security", r"ALTER TABLE .*(?:ENABLE|FORCE) ROW LEVEL SECURITY"),
    ("default privileges", r"ALTER DEFAULT PRIVILEGES"),
    ("partition", r"PARTITION: |CREATE (?:UNLOGGED )?TABLE .*\)\s*PARTITION BY"
                  r"|ALTER (?:TABLE|INDEX) .*ATTACH PARTITION"),
    ("inheritance", r"CREATE (?:UNLOGGED )?TABLE .*\)\s*INHERITS"),
    ("typed table", r"CREATE (?:UNLOGGED )?TABLE \S+ OF "),
    ("rule", r"CREATE RULE|COMMENT ON RULE|ALTER TABLE .*(?:ENABLE|DISABLE) (?:\w+ )?RULE"),
    ("aggregate", r"(?:CREATE|COMMENT ON) AGGREGATE"),
    ("composite type", r"CREATE TYPE \S+ AS \("),
    ("range type", r"CREATE TYPE \S+ AS RANGE"),
    ("base type", r"CREATE TYPE \S+(?: \(|\Z)"),
    ("cast", r"(?:CREATE|COMMENT ON) CAST"),
    ("operator", r"(?:CREATE|COMMENT ON|ALTER) OPERATOR"),
    ("collation", r"(?:CREATE|COMMENT ON) COLLATION"),
    ("conversion", r"(?:CREATE|COMMENT ON) (?:DEFAULT )?CONVERSION"),
    ("text search", r"(?:CREATE|COMMENT ON|ALTER) TEXT SEARCH"),
    ("statistics", r"(?:CREATE|COMMENT ON|ALTER) STATISTICS"),
    ("foreign data", r"(?:CREATE|COMMENT ON|ALTER) (?:FOREIGN|SERVER|USER MAPPING)"
                     r"|GRANT .* ON FOREIGN"),
    ("publication", r"(?:CREATE|COMMENT ON|ALTER) (?:PUBLICATION|SUBSCRIPTION)"),
    ("event trigger", r"(?:CREATE|COMMENT ON|ALTER) EVENT TRIGGER"),
    ("language", r"(?:CREATE|COMMENT ON) (?:OR REPLACE )?(?:PROCEDURAL )?(?:TRUSTED )?LANGUAGE"
                 r"|GRANT .* ON LANGUAGE"),
    ("transform", r"(?:CREATE|COMMENT ON) TRANSFORM"),
    ("access method", r"(?:CREATE|COMMENT ON) ACCESS METHOD"),
]
LATER = [(name, re.compile(pattern, re.DOTALL)) for name, pattern in LATER]


def kind_left(statement):
    """The kind that a later issue completes to which a dumped statement belongs, or None."""
    text = statement.partition("'")[0] if statement.startswith("COMMENT") else statement
    for name, pattern in LATER:
        if pattern.match(text):
            return name
    return None


def normalise_table(text):
    """A CREATE TABLE with its columns and constraints sorted."""
    found = TABLE.match(text)
    if found is None:
        return text
    parts = sorted(split_list(found["body"]))
    return f"{found['head']}\n    " + ",\n    ".join(parts) + f"\n){found['tail']}"


def normalise(dump):
    """The statements of a dump as a multiset."""
    found, state = Counter(), {}
    for text in statements(dump):
        setting = STATE.match(text)
        if setting is not None:
            state[setting["key"]] = setting["value"]
            continue
        if NOISE.match(text):
            continue
        if text.startswith(("CREATE TABLE", "CREATE UNLOGGED TABLE")):
            text = normalise_table(text)
        text = OPTIONS.sub(lambda list: f"WITH ({', '.join(sorted(split_list(list[1])))})", text)
        text = TAGS.sub(lambda tags: ", ".join(sorted(split_list(tags.group()))), text)
        if PLACED.match(text):
            text += place_of(text, state)
        found[text] += 1
    return found


def place_of(text, state):
    """The tablespace and access method that a dump's settings give to a statement."""
    place = ""
    if state.get("default_tablespace", "''") not in ("''", '""'):
        place += f" /* tablespace {state['default_tablespace']} */"
    method = state.get("default_table_access_method", "heap")
    if method != "heap" and ("TABLE" in text[:24] or "MATERIALIZED" in text[:24]):
        place += f" /* access method {method} */"
    return place


def difference(left, right):
    """(statements only in left, statements only in right), sorted, of two multisets."""
    return sorted((left - right).elements()), sorted((right - left).elements())


def without_later_kinds(found):
    """The multiset without statements of kinds that a later issue completes; and their kinds."""
    kept = Counter({text: count for text, count in found.items() if kind_left(text) is None})
    return kept, sorted({kind_left(text) for text in found if kind_left(text) is not None})


def reload(server, dump):
    """The dump of a new database into which a dump was loaded; None if it does not load."""
    if dump.startswith(MARK):
        return None  # no script
    with server.database("witness") as database:
        # A dump creates schema public only if something about it is unusual.
        if re.search(r"^CREATE SCHEMA public;", dump, re.MULTILINE):
            database.execute("drop schema public")
        if database.psql(dump, check=False).returncode != 0:
            return None
        return database.dump("--no-owner")


def compare(server, left, right):
    """difference() of two dumps, with the rule of one reload."""
    first, second = normalise(left), normalise(right)
    if first == second:
        return [], []
    again = reload(server, left), reload(server, right)
    if None not in again and normalise(again[0]) == normalise(again[1]):
        return [], []
    return difference(first, second)


def describe(missing, extra, limit=6):
    """A difference for people: what is missing (-) and what is too much (+)."""
    lines = [f"- {text}" for text in missing] + [f"+ {text}" for text in extra]
    more = [f"… and {len(lines) - limit} more"] if len(lines) > limit else []
    return "\n".join(lines[:limit] + more)
