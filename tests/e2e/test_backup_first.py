"""The backup before a run of revisions, and the way back to it."""
import json

import pytest

from support.content import backup, content
from support.terminal import asked_on_terminal, run_on_terminal

QUESTION = "Take a backup first? [Y/n] "


@pytest.fixture
def shop(project, database):
    """At a1, with rows; b2 and c3 are to come."""
    project.revision("a1", "create table item (id int);", "drop table item;")
    project.revision("b2", "create table sale (id int);", "drop table sale;", revises="a1")
    project.revision("c3", "alter table item add name text;", "alter table item drop name;",
                     revises="b2")
    project.run("upgrade", "a1")
    database.execute("insert into item select generate_series(1, 100)")
    return project


def backups(project):
    """All that is in the folder of backups, also what is not whole."""
    folder = project.folder / "backups"
    return sorted(path.name for path in folder.glob("*") if path.name != ".lock")


def manifest(project, name):
    return json.loads((project.folder / "backups" / name / "manifest.json").read_text())


def recorded(database):
    return database.execute("select revision, direction, outcome, backup from retort.history"
                            " order by id")


def version(project):
    return project.run("current").out.split()[:1]


def test_always_takes_one_and_the_history_names_it(shop, database):
    shop.configure("[migrate]\nbackup = always\n")
    for words in (["--dry-run"], ["--no-backup"], ["--no-backup", "--dry-run"]):
        shop.run("upgrade", "b2", *words)
    shop.run("upgrade", "head", "--sql")
    assert backups(shop) == []
    result = shop.run("upgrade", "head")
    taken, = backups(shop)
    assert f"Backup {taken}: " in result.err
    assert "Waiting" not in result.err  # for its own backup
    assert manifest(shop, taken)["revisions"] == ["b2"]
    shop.run("upgrade", "head")  # nothing to do
    assert backups(shop) == [taken]
    assert recorded(database) == [("a1", "upgrade", "done", None), ("b2", "upgrade", "done", None),
                                  ("c3", "upgrade", "done", taken)]
    assert shop.run("history", "-i", "-v").out.count(f"\nBackup before: {taken}\n") == 1
    assert f"\nBackup before: {taken}\n" in shop.run("current", "-v").out
    rows = json.loads(shop.run("history", "-i", "--json").out)
    assert [row["backup_before"] for row in rows] == [taken, None, None]
    shop.run("downgrade", "-1")
    down, = set(backups(shop)) - {taken}
    assert manifest(shop, down)["revisions"] == ["c3"]
    assert recorded(database)[-1] == ("c3", "downgrade", "done", down)


def test_database_without_tables_needs_none(project):
    project.revision("a1", "create table item (id int);", "drop table item;")
    result = project.run("upgrade", "head", "--backup")
    assert "No backup is taken: the database has no tables" in result.err
    assert not (project.folder / "backups").exists()


def test_run_does_not_begin_if_the_backup_fails(shop, database):
    shop.configure("[migrate]\nbackup = always\n[backup]\nrecipients = age1wrong\n")
    result = shop.run("upgrade", "head", check=False)
    assert result.code != 0
    assert result.err.splitlines()[-1] == (
        'hint: nothing was changed; "--no-backup" runs without one')
    assert version(shop) == ["a1"]
    assert backups(shop) == []
    assert len(recorded(database)) == 1
    shop.run("upgrade", "head", "--no-backup")
    assert version(shop) == ["c3"]


@pytest.mark.parametrize("text, words, code, fault", [
    ("[migrate]\nbackup = maybe\n", [], 3, 'retort.ini:2: "backup" must be ask, always or never'),
    ("", ["--backup", "--no-backup"], 2, "exclude each other")])
def test_what_is_not_understood(shop, text, words, code, fault):
    shop.configure(text)
    result = shop.run("upgrade", "head", *words, check=False)
    assert (result.code, fault in result.err) == (code, True)
    assert version(shop) == ["a1"]


def test_server_that_stopped_while_it_asked_is_a_lost_connection(project, own_server):
    """What the server said last is unread when the next statement fails to be written."""
    project.revision("a1", "create table item (id int);", "drop table item;")
    project.revision("b2", "create table sale (id int);", "drop table sale;", revises="a1")
    with own_server.database() as database:
        project.url = database.url
        project.run("upgrade", "a1")
        database.execute("insert into item values (1)")
        with asked_on_terminal(project, "upgrade", "head", question=QUESTION) as run:
            own_server.stop("immediate")
            code, err = run.answer("n\n")
        own_server.start()
    assert code == 4, err
    assert "the connection was lost: server closed the connection unexpectedly" in err


@pytest.mark.parametrize("typed, taken", [("\n", 1), ("no\n", 0), ("what?\ny\n", 1)])
def test_asks_on_a_terminal(shop, typed, taken):
    result = run_on_terminal(shop, "upgrade", "head", typed=typed)
    assert result.code == 0, str(result)
    assert result.out.count(QUESTION) == typed.count("\n")
    assert len(backups(shop)) == taken
    assert version(shop) == ["c3"]


def test_asks_nobody_elsewhere_or_for_nothing(shop):
    result = run_on_terminal(shop, "upgrade", "a1", typed="n\n")
    assert (result.code, QUESTION in result.out) == (0, False)
    result = shop.run("upgrade", "head")
    assert "ackup" not in result.err
    assert backups(shop) == []


def test_question_that_is_not_answered_stops_the_run(shop):
    result = run_on_terminal(shop, "upgrade", "head", typed="\x04")
    assert result.code == 9, str(result)
    assert version(shop) == ["a1"]


def test_history_of_an_earlier_version_gets_its_column(shop, database):
    database.execute("alter table retort.history drop backup")
    assert "Backup before" not in shop.run("current", "-v").out
    shop.run("upgrade", "b2")
    assert database.value("select count(*) from pg_attribute where attname = 'backup'"
                          " and attrelid = 'retort.history'::regclass") == 0
    shop.run("upgrade", "head", "--backup")
    taken, = backups(shop)
    assert [row[3] for row in recorded(database)] == [None, None, taken]


def test_other_run_after_the_backup_is_noticed(shop, database):
    """It comes while this one, with its backup taken, waits for another backup to end."""
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock_shared(1919251567, 2)")
    child = shop.start("upgrade", "head", "--backup")
    assert any("Waiting for a backup" in line for line in child.stderr)
    database.execute("create table sale (id int); update retort.version set version_num = 'b2'")
    connection.close()
    err = child.communicate(timeout=60)[1]
    taken, = backups(shop)
    assert child.returncode == 10, err
    assert f'another run has changed the database since backup "{taken}" was begun' in err
    assert version(shop) == ["b2"]


def test_restore_before_brings_the_state_back(shop, database):
    before = content(database)
    shop.run("upgrade", "head", "--backup")
    taken, = backups(shop)
    database.execute("delete from item")
    backup(shop)  # a newer one, which has the revision
    preview = shop.run("restore", "--before", "c3", "--dry-run")
    assert f"Backup {taken} was taken before the run that applied c3" in preview.err
    assert taken in preview.out
    shop.run("restore", "--before", "c3", "--yes", database.name)
    assert content(database) == before
    assert version(shop) == ["a1"]


def test_restore_before_by_what_the_backups_say(shop, database):
    def chosen(revision):
        rows = json.loads(shop.run("restore", "--before", revision, "--dry-run", "--json").out)
        return {row["what"]: row["value"] for row in rows}["backup"].split()[0]

    first = backup(shop)[0].name
    shop.run("upgrade", "b2", "--backup")
    second, = set(backups(shop)) - {first}
    third = backup(shop)[0].name
    shop.run("upgrade", "head")
    backup(shop)
    assert chosen("c3") == third  # applied without one
    assert chosen("b2") == second
    (shop.folder / "backups" / second).rename(shop.folder / "gone")
    assert chosen("b2") == first
    result = shop.run("restore", "--before", "a1", "--dry-run", check=False)
    assert result.code == 3
    assert 'no good backup in "' in result.err and 'is from before revision "a1"' in result.err
    shop.url = shop.url.replace(database.name, "is_not_there")
    result = shop.run("restore", "--before", "b2", "--dry-run", check=False)
    assert "The history cannot be read: " in result.err
    assert 'is from before revision "b2"' in result.err  # none is of that database


@pytest.mark.parametrize("words, code, fault", [
    (["latest", "--before", "b2"], 2, "--before goes without a backup"),
    (["--forget", "--before", "b2"], 2, "without --forget"),
    (["--before", "d4"], 6, "Can't locate revision identified by 'd4'"),
    (["--before", "base"], 6, '"base" is 0 revisions')])
def test_before_wants_one_revision(shop, words, code, fault):
    result = shop.run("restore", *words, check=False)
    assert (result.code, fault in result.err) == (code, True), str(result)
