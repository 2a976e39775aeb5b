"""Bad input gives a clear error with its place and an exit status, and changes nothing."""
import random
import time

import pytest

from support.refusal import CRASH, HISTORY, INPUT, SQL, refuse


GOOD = """\
-- add items
--
-- revision: aaaa1111
-- revises: none

-- upgrade

CREATE TABLE item (id bigint PRIMARY KEY);

-- downgrade

DROP TABLE item;
"""


MALFORMED = {
    "empty": ("", None),
    "only a message": ("-- add items\n", None),
    "no id": (GOOD.replace("-- revision: aaaa1111\n", ""), None),
    "no parent": (GOOD.replace("-- revises: none\n", ""), None),
    "empty id": (GOOD.replace(": aaaa1111", ":"), 3),
    "id with a dash": (GOOD.replace("aaaa1111", "aaaa-1111"), 3),
    "id with an at": (GOOD.replace("aaaa1111", "aaaa@1111"), 3),
    "unknown key": (GOOD.replace("-- revises", "-- colour: red\n-- revises"), 4),
    "same key twice": (GOOD.replace("-- revises: none", "-- revises: none\n-- revises: none"), 5),
    "misspelt key": (GOOD.replace("-- revises", "-- revise"), 4),
    "no upgrade": (GOOD.replace("-- upgrade\n", ""), None),
    "upgrade twice": (GOOD.replace("-- downgrade", "-- upgrade"), 10),
    "statement before upgrade": (GOOD.replace("-- upgrade", "SELECT 1;\n\n-- upgrade"), 6),
    "open quote": (GOOD.replace("(id", "('id"), 8),
    "open identifier": (GOOD.replace("(id", '("id'), 8),
    "open dollar quote": (GOOD.replace("(id", "($x$ id"), 8),
    "open comment": (GOOD.replace("(id", "(/* id"), 8),
    "begin": (GOOD.replace("CREATE", "BEGIN;\nCREATE"), 8),
    "commit": (GOOD.replace("DROP TABLE item", "DROP TABLE item;\nCOMMIT"), 13),
    "psql's own command": (GOOD.replace("CREATE", "\\i other.sql\nCREATE"), 8),
    "nul": (GOOD.replace("bigint", "big\0int"), 8),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_revision_names_its_line(project, database, case):
    text, line = MALFORMED[case]
    project.write("migrations/bad.sql", text)
    before = database.dump()
    place = "migrations/bad.sql:" + (f"{line}:" if line else "")
    refuse(project, "upgrade", "head", code=INPUT, place=place)
    assert database.dump() == before


JUNK = {"all bytes": bytes(range(256)) * 64, "UTF-16": b"\xff\xfe\x00-\x00-\x00",
        "a program": b"\x7fELF\0\1\2\3"}


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("name", ["migrations/junk.sql", "retort.ini"])
def test_binary_junk(project, database, name, junk):
    project.write(name, JUNK[junk])
    before = database.dump()
    refuse(project, "upgrade", "head", code=INPUT, place=name)
    assert database.dump() == before


def test_invalid_utf8_names_its_line(project, database):
    project.write("migrations/bad.sql", GOOD.encode().replace(b"item (", b"it\xe9m ("))
    refuse(project, "upgrade", "head", code=INPUT, place="migrations/bad.sql:8:")


def test_folder_named_as_revision(offline):
    (offline.migrations / "folder.sql").mkdir()
    offline.write("migrations/good.sql", GOOD)
    done = offline.run("heads", check=False)
    assert done.code in (0, INPUT) and not CRASH.search(done.err), str(done)


def mutate(chance):
    """The good revision with a few things put in or taken out."""
    pieces = [b"-- upgrade\n", b"-- step\n", b"-- downgrade\n", b"'", b'"', b"$$", b"/*", b"*/",
              b"-- revises: ", b"\0", b"\xff", b"(", b";", b"BEGIN ATOMIC", b"\\x\n", b"\r"]
    text = bytearray(GOOD.encode())
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text))
        if chance.random() < 0.5:
            text[at:at] = chance.choice(pieces)
        else:
            del text[at : at + chance.randint(1, 20)]
    return bytes(text)


def test_fuzzed_revisions_never_crash(offline):
    """Any bytes give a result or an orderly error, quickly. The seed is fixed: failures repeat."""
    chance = random.Random(20261122)
    for number in range(150):
        text = mutate(chance)
        offline.write("migrations/fuzzed.sql", text)
        for words in (["history"], ["upgrade", "base:heads", "--sql"]):
            done = offline.run(*words, check=False, timeout=20)
            context = f"{number}: {text!r}\n{done}"
            assert done.code in (0, INPUT) and not CRASH.search(done.err), context
            assert done.code == 0 or "migrations/fuzzed.sql" in done.err, context


def test_cycle(project, database):
    project.revision("aaaa1111", "SELECT 1;", "SELECT 1;", revises="bbbb2222")
    project.revision("bbbb2222", "SELECT 1;", "SELECT 1;", revises="aaaa1111")
    before = database.dump()
    refuse(project, "upgrade", "head", code=INPUT, says="cycle.*aaaa1111.*bbbb2222")
    assert database.dump() == before


def test_self_loop(offline):
    offline.revision("aaaa1111", "SELECT 1;", "SELECT 1;", revises="aaaa1111")
    refuse(offline, "heads", code=INPUT, says="loop.*aaaa1111")


def test_cycle_of_dependencies(offline):
    offline.revision("aaaa1111", "SELECT 1;", "SELECT 1;", headers="depends on: bbbb2222")
    offline.revision("bbbb2222", "SELECT 1;", "SELECT 1;", headers="depends on: aaaa1111")
    refuse(offline, "heads", code=INPUT, says="cycle.*aaaa1111.*bbbb2222")


def test_missing_parent(project, database):
    project.revision("bbbb2222", "SELECT 1;", "SELECT 1;", revises="gone")
    before = database.dump()
    refuse(project, "upgrade", "head", code=INPUT, place="migrations/bbbb2222.sql", says="gone")
    assert database.dump() == before


def test_duplicate_id_names_both_files(offline):
    offline.write("migrations/one.sql", GOOD)
    offline.write("migrations/two.sql", GOOD)
    text = refuse(offline, "heads", code=INPUT, says="aaaa1111")
    assert "one.sql" in text and "two.sql" in text


def test_two_heads_change_nothing(project, database):
    project.revision("aaaa1111", "CREATE TABLE a ();", "DROP TABLE a;")
    project.revision("bbbb2222", "CREATE TABLE b ();", "DROP TABLE b;", revises="aaaa1111")
    project.revision("cccc3333", "CREATE TABLE c ();", "DROP TABLE c;", revises="aaaa1111")
    before = database.dump()
    refuse(project, "upgrade", "head", code=HISTORY, says="multiple head.*'heads' for all heads")
    assert database.dump() == before


def test_unknown_target(project, database):
    project.write("migrations/good.sql", GOOD)
    before = database.dump()
    refuse(project, "upgrade", "zzzz", code=HISTORY, says="zzzz")
    assert database.dump() == before


def test_unknown_version_in_database(project, database):
    project.write("migrations/good.sql", GOOD)
    project.run("upgrade", "head")
    database.execute("update retort.version set version_num = 'elsewhere'")
    refuse(project, "upgrade", "head", code=HISTORY, says="elsewhere")


def test_failing_statement_names_its_line_and_changes_nothing(project, database):
    project.revision(
        "aaaa1111", "CREATE TABLE a (id bigint);\n\nINSERT INTO a\nVALUES (1),\n('x');",
        "DROP TABLE a;")
    refuse(project, "upgrade", "head", code=SQL, place="migrations/aaaa1111.sql:12:",
           says="invalid input syntax for type bigint")
    assert database.value("select to_regclass('a')") is None
    assert project.run("current").out == ""


def test_ten_megabyte_statement(project, database):
    text = "x" * (10 << 20)
    project.revision(
        "aaaa1111", f"CREATE TABLE a (t text);\nINSERT INTO a VALUES ('{text}');", "DROP TABLE a;")
    started = time.monotonic()
    project.run("upgrade", "head")
    assert time.monotonic() - started < 60
    assert database.value("select length(t) from a") == len(text)


def test_ten_megabytes_that_do_not_end(project):
    project.revision("aaaa1111", "SELECT 1;\nSELECT '" + "x" * (10 << 20), "SELECT 1;")
    text = refuse(project, "upgrade", "head", code=INPUT, place="migrations/aaaa1111.sql:9:")
    assert len(text) < 2000


def test_deep_parentheses_and_comments(offline):
    offline.revision("aaaa1111", "SELECT " + "(" * 100000 + "1" + ")" * 100000 + ";",
                     "/*" * 50000 + "*/" * 50000 + "SELECT 1;")
    offline.run("upgrade", "base:head", "--sql", timeout=20)


BAD_SETTINGS = {
    "open section": ("[migrate\n", 1),
    "no value": ("[migrate]\nsearch_path\n", 2),
    "unknown key": ("[migrate]\nno_such_key = 1\n", 2),
    "unknown section": ("[nosuch]\nx = 1\n", 1),
    "password": ("[database]\nurl = postgresql://u:secret@h/d\n", 2),
}


@pytest.mark.parametrize("case", BAD_SETTINGS)
def test_bad_configuration_names_its_line(offline, case):
    text, line = BAD_SETTINGS[case]
    offline.configure(text)
    messages = refuse(offline, "heads", code=INPUT, place=f"retort.ini:{line}:")
    assert "secret" not in messages
