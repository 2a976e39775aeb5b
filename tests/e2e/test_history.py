"""history, heads, branches, show, edit: what they print about the revisions."""
import json

import pytest


@pytest.fixture
def graph(offline):
    """A base with two branches, one labelled; nothing is proven."""
    offline.revision("aaaa1111", message="first one")
    offline.revision("bbbb2222", revises="aaaa1111", message="second")
    offline.revision("cccc3333", revises="aaaa1111", message="third", headers="labels: side")
    return offline


def merge(project):
    project.revision("dddd4444", revises=["cccc3333", "bbbb2222"], message="mm")


def test_heads_are_listed_by_id(graph):
    assert graph.run("heads").out == "bbbb2222 (head)\ncccc3333 (side) (head)\n"
    merge(graph)
    assert graph.run("heads").out == "dddd4444 (side) (head)\n"


def test_head_that_is_needed_is_an_effective_head(graph):
    graph.revision("eeee5555", message="net", headers="depends on: bbbb2222")
    assert graph.run("heads").out == (
        "bbbb2222 (effective head)\ncccc3333 (side) (head)\neeee5555 (head)\n"
    )
    assert graph.run("heads", "--resolve-dependencies").out == (
        "cccc3333 (side) (head)\neeee5555 (head)\n"
    )
    assert "<base> (bbbb2222) -> eeee5555 (head)" in graph.run("history").out


def test_branches_are_shown_with_their_children(graph):
    assert graph.run("branches").out == (
        "aaaa1111 (branchpoint)\n"
        "         -> bbbb2222 (head)\n"
        "         -> cccc3333 (side) (head)\n"
        "\n"
    )
    verbose = graph.run("branches", "-v").out
    assert "Branches into: bbbb2222, cccc3333\n" in verbose
    assert "         -> bbbb2222 (head), second\n" in verbose


def test_history_is_newest_first(graph):
    merge(graph)
    assert graph.run("history").out == (
        "bbbb2222, cccc3333 -> dddd4444 (side) (head) (mergepoint) (unproven), mm\n"
        "aaaa1111 -> cccc3333 (side) (unproven), third\n"
        "aaaa1111 -> bbbb2222 (unproven), second\n"
        "<base> -> aaaa1111 (branchpoint) (unproven), first one\n"
    )


@pytest.mark.parametrize(
    "words, ids",
    [
        (["-r", "bbbb:"], ["bbbb2222"]),
        (["-r:bbbb"], ["bbbb2222", "aaaa1111"]),
        (["--rev-range=side@base:"], ["cccc3333", "aaaa1111"]),
        (["-r-1:cccc"], ["cccc3333", "aaaa1111"]),
        (["-r", "-1:cccc"], ["cccc3333", "aaaa1111"]),
    ],
)
def test_history_takes_ranges(graph, words, ids):
    rows = json.loads(graph.run("history", *words, "--json").out)
    assert [row["revision"] for row in rows] == ids


def test_history_refuses_what_is_no_range(graph):
    result = graph.run("history", "-r", "aaaa", check=False)
    assert result.code == 2
    assert result.err == (
        "retort: History range requires [start]:[end], [start]:, or :[end]\n"
        'hint: as in "retort history -r base:head"\n'
    )
    result = graph.run("history", "-r", "bbbb2222:cccc3333", check=False)
    assert result.code == 6
    assert "does not refer to ancestor/descendant revisions along the same branch" in result.err


def test_history_tells_good_proofs_from_stale_ones(offline):
    path = offline.revision("aaaa1111", upgrade="CREATE TABLE t (a int);", downgrade="DROP TABLE t;")
    checksum = json.loads(offline.run("history", "--json").out)[0]["checksum"]
    text = path.read_text()
    path.write_text(text.replace("\n\n-- upgrade", f"\n-- proof: by test; {checksum[:8]}\n\n-- upgrade"))
    assert offline.run("history").out == "<base> -> aaaa1111 (head), aaaa1111\n"
    path.write_text(path.read_text().replace("CREATE TABLE t (a int)", "create table t(\na int) /* x */"))
    assert json.loads(offline.run("history", "--json").out)[0]["proof"] == "proven"
    path.write_text(path.read_text().replace("a int", "b int"))
    assert offline.run("history").out == "<base> -> aaaa1111 (head) (stale proof), aaaa1111\n"
    assert "\nProof: stale (by test; " in offline.run("show", "head").out


def test_show_prints_the_block(graph):
    assert graph.run("show", "side").out == (
        "Rev: cccc3333 (head)\n"
        "Parent: aaaa1111\n"
        "Branch names: side\n"
        "Path: migrations/cccc3333.sql\n"
        "Proof: none\n"
        "\n"
        "    third\n"
        "    \n"
        "    Revision ID: cccc3333\n"
        "    Revises: aaaa1111\n"
        "\n"
    )
    assert graph.run("show", "base").out == ""
    assert graph.run("show", "aaaa:bbbb").out.count("Rev: ") == 2


def test_show_of_what_is_not_there(graph):
    result = graph.run("show", "zzz", check=False)
    assert (result.code, result.out) == (6, "")
    assert result.err == (
        "retort: Can't locate revision identified by 'zzz'\n"
        'hint: "retort history" lists them all\n'
    )
    result = graph.run("show", "head", check=False)
    assert result.code == 6
    assert "Multiple head revisions are present for given argument 'head'" in result.err


def test_current_is_asked_of_the_database(project, database):
    project.revision("aaaa1111")
    project.revision("bbbb2222", revises="aaaa1111")
    database.execute("CREATE SCHEMA retort")
    database.execute("CREATE TABLE retort.version (version_num varchar(32) PRIMARY KEY)")
    assert project.run("show", "current").out == ""
    database.execute("INSERT INTO retort.version VALUES ('aaaa1111')")
    assert project.run("show", "current").out.startswith("Rev: aaaa1111\n")
    lines = project.run("history", "-i").out.splitlines()
    assert lines[1] == "<base> -> aaaa1111 (current) (unproven), aaaa1111"
    assert project.run("history", "-rcurrent:").out.count("\n") == 2
    assert json.loads(project.run("history", "-i", "--json").out)[1]["current"] is True
    database.execute("UPDATE retort.version SET version_num = 'gone'")
    result = project.run("history", "-rcurrent:", check=False)
    assert result.code == 6
    assert "Can't locate revision identified by 'gone'" in result.err


def test_edit_runs_the_editor_without_a_shell(graph):
    editor = graph.write("my editor", '#!/bin/sh\nprintf "%s\\n" "$@" > edited\n')
    editor.chmod(0o755)
    graph.run("edit", "side", env={"VISUAL": f'"{editor}" --wait "a; b"'})
    assert (graph.folder / "edited").read_text() == "--wait\na; b\nmigrations/cccc3333.sql\n"
    result = graph.run("edit", "side", check=False, env={"VISUAL": "false"})
    assert result.code == 7
    result = graph.run("edit", "side", check=False, env={"VISUAL": "no-such-editor -w"})
    assert (result.code, result.err) == (
        7, 'retort: EDITOR: could not run "no-such-editor": No such file or directory\n')
    result = graph.run("edit", "side", check=False, env={"VISUAL": "false"})
    assert (result.code, result.err) == (7, 'retort: editor "false" ended with status 1\n')
    result = graph.run("edit", "side", check=False, env={"VISUAL": None, "EDITOR": None})
    assert result.code == 2
    assert "hint: set EDITOR" in result.err


@pytest.mark.parametrize(
    "text, message",
    [
        (b"-- x\n-- revision: bbbb2222\n-- revises: none\n\n-- upgrade\n'a\n",
         "migrations/x.sql:6: quoted string is not closed\n"),
        (b"-- x\n\x00", "migrations/x.sql:2: NUL byte\n"),
        (b"\x7fELF\xff\xfe", "migrations/x.sql:1: invalid UTF-8\n"),
        (b"", "migrations/x.sql:1: no header\n"),
        (b"-- x\n-- revision: aaaa1111\n-- revises: none\n\n-- upgrade\n-- downgrade\n",
         "migrations/x.sql: Revision aaaa1111 is present more than once; also in "
         "migrations/aaaa1111.sql\n"),
        (b"-- x\n-- revision: b\n-- revises: zz\n\n-- upgrade\n-- downgrade\n",
         "migrations/x.sql: Revision zz referenced from b is not present\n"),
        (b"-- x\n-- revision: b\n-- revises: b\n\n-- upgrade\n-- downgrade\n",
         "migrations/x.sql: Self-loop is detected in revisions (b)\n"),
    ],
)
def test_bad_files_are_named(offline, text, message):
    offline.revision("aaaa1111")
    offline.write("migrations/x.sql", text)
    for words in (["history", "-v"], ["history", "--json"], ["show", "aaaa1111"]):
        result = offline.run(*words, check=False)
        assert (result.code, result.out) == (3, "")
        assert result.err.startswith(f"retort: {message}")


def test_lines_of_history_read_what_proofs_need(offline):
    """A body without a proof says nothing that a line shows; one with a proof is compared."""
    bad = "-- x\n-- revision: bbbb2222\n-- revises: none\n{}\n-- upgrade\n'a\n"
    offline.write("migrations/x.sql", bad.format(""))
    assert offline.run("history").out == "<base> -> bbbb2222 (head) (unproven), x\n"
    offline.write("migrations/x.sql", bad.format("-- proof: upgrade; 00000000\n"))
    result = offline.run("history", check=False)
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("retort: migrations/x.sql:7: quoted string is not closed\n")


def test_cycle_is_named(offline):
    offline.revision("a", revises="b")
    offline.revision("b", revises="a")
    result = offline.run("heads", check=False)
    assert result.code == 3
    assert result.err == (
        "retort: Cycle is detected in revisions (a, b)\n"
        "hint: one of them names in its header what comes after it\n"
    )


def test_big_statement_is_read(offline):
    values = ", ".join(f"({i}, 'some text for row {i}')" for i in range(300000))
    offline.revision("a", upgrade=f"INSERT INTO t VALUES {values};")
    assert offline.run("history", timeout=20).out == "<base> -> a (head) (unproven), a\n"


def test_missing_folder_and_settings(offline, tmp_path):
    offline.migrations.rmdir()
    result = offline.run("heads", check=False)
    assert result.code == 3
    assert "Please use the 'init' command to create a new scripts folder." in result.err
    (offline.folder / "retort.ini").unlink()
    result = offline.run("heads", check=False)
    assert result.code == 3
    assert 'there is no retort.ini in this folder or above it\nhint: "retort init"' in result.err
