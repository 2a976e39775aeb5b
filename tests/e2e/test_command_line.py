"""What all commands have in common: help, options, exit statuses."""
import re

import pytest


def commands(project):
    text = project.run("--help").out
    return re.findall(r"^  (\w+) +\S", text.split("Options")[0], flags=re.M)


def test_version_and_help(offline):
    assert re.fullmatch(r"retort \d+\.\d+\.\d+\n", offline.run("--version").out)
    assert offline.run("-h").out == offline.run("--help").out == offline.run("help").out
    assert {"history", "heads", "revision"} <= set(commands(offline))


def test_each_command_has_help_with_an_example(offline):
    for name in commands(offline):
        text = offline.run(name, "--help").out
        assert text.startswith(f"Usage:\n  retort {name} [OPTION"), name
        assert f"Example:\n  retort {name}" in text, name
        assert offline.run("help", name).out == text


def test_each_command_that_changes_something_has_a_dry_run(offline):
    """Of the others, `edit` and `db` leave the change to another program; a pin is taken back;
    a backup only adds."""
    changing = {"init", "revision", "upgrade", "downgrade", "merge", "stamp", "ensure_version",
                "inspect", "prove", "key", "scaffold", "prune", "restore"}
    for name in commands(offline):
        assert ("--dry-run" in offline.run(name, "--help").out) == (name in changing), name


def test_no_command_is_a_usage_error(offline):
    result = offline.run(check=False)
    assert (result.code, result.out) == (2, "")
    assert "Usage: retort" in result.err


@pytest.mark.parametrize(
    "words, message",
    [
        (["hsitory"], 'unknown command "hsitory"\nhint: did you mean "history"?\n'),
        (["frobnicate"], 'unknown command "frobnicate"\nhint: "retort --help" lists the commands\n'),
        (["heads", "--verbos"], 'unknown option "--verbos"\nhint: did you mean "--verbose"?\n'),
        (["heads", "-x"],
         'unknown option "-x"\nhint: "retort heads --help" lists the options\n'),
        (["heads", "a"], "too many arguments\nhint: retort heads\n"),
        (["show"], "too few arguments\nhint: retort show REVISION\n"),
        (["heads", "--config"], "Missing argument for --config\n"),
    ],
)
def test_usage_errors_have_status_2_and_a_hint(offline, words, message):
    result = offline.run(*words, check=False)
    assert (result.code, result.out) == (2, "")
    assert result.err == f"retort: {message}"


def test_common_options_stand_before_or_after_the_command(offline):
    offline.revision("a")
    expected = offline.run("heads", "--json").out
    assert offline.run("--json", "heads").out == expected
    assert offline.run("-c", "retort.ini", "--json", "heads", "-q").out == expected
    assert offline.run("-cretort.ini", "heads", "--json").out == expected
    assert offline.run("heads", "--json", env={"RETORT_CONFIG": "retort.ini"}).out == expected
    result = offline.run("--config=none.ini", "heads", check=False)
    assert result.code == 3 and "none.ini" in result.err


def test_words_are_utf8_in_any_locale(offline):
    for locale in ("C", "de_DE.ISO-8859-1", "C.UTF-8"):
        out = offline.run("revision", "-m", "größer", env={"LC_ALL": locale}).out
        assert "größer" in out, locale


def test_settings_are_found_from_a_folder_inside(offline):
    offline.revision("a")
    inside = offline.folder / "models" / "deep"
    inside.mkdir()
    offline.folder, folder = inside, offline.folder
    try:
        assert offline.run("heads").out == "a (head)\n"
        assert f"\nPath: {folder}/migrations/a.sql\n" in offline.run("show", "a").out
    finally:
        offline.folder = folder


def test_output_that_cannot_be_written_is_an_error(offline):
    import subprocess

    from support.project import program

    offline.revision("a")
    with open("/dev/full", "w") as full:
        done = subprocess.run([program(), "heads"], cwd=offline.folder, stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "retort: the output was not written\n"
