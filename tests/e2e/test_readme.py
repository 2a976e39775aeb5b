"""The tour of the README: its commands are run, and must print what stands there.

A line that begins with "$ " is a command, together with the lines of a here-document after it;
what follows up to the next one is what a terminal shows. Ids, times and folders differ from run to
run: each distinct one is compared by the place where it appears first.
"""
import os
import re
import subprocess
from pathlib import Path

import pytest

from support.project import TOP, program
from support.server import NoServer, clean_environment, find_program

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
VARIABLE = [
    ("id", re.compile(r"\b[0-9a-f]{12}\b")),
    ("sum", re.compile(r"(?<=; )[0-9a-f]{8}\b")),
    ("name-time", re.compile(r"\b\d{4}_\d\d_\d\d_\d{4}\b")),
    ("time", re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?( UTC)?")),
    ("duration", re.compile(r"\b\d+(\.\d+)? (ms|s)\b")),
    ("version", re.compile(r"\b1\d\.\d+\b")),
    ("socket", re.compile(r"(/[\w.-]+)*/retort-[\w.-]+")),
    ("pid", re.compile(r"(?<=pid )\d+")),
]
COUNTED = ("id",)


class Mask:
    """Replaces what differs between runs; the same id gets the same number every time."""

    def __init__(self, folder=None):
        self.folder = folder
        self.seen = {}

    def number(self, kind, text):
        known = self.seen.setdefault(kind, {})
        return f"<{kind} {known.setdefault(text, len(known) + 1)}>"

    def __call__(self, text):
        if self.folder:
            text = text.replace(str(self.folder), "/home/you")
        for kind, pattern in VARIABLE:
            if kind in COUNTED:
                text = pattern.sub(lambda found: self.number(kind, found.group()), text)
            else:
                text = pattern.sub(f"<{kind}>", text)
        return "\n".join(line.rstrip() for line in text.strip().splitlines())


def steps(text):
    """(command, output) of each command of the console blocks."""
    for block in BLOCK.findall(text):
        command, output, end = None, [], None
        for line in block.splitlines():
            if end is not None:
                command += "\n" + line
                end = None if line == end else end
            elif line.startswith("$ "):
                if command is not None:
                    yield command, "\n".join(output)
                command, output = line[2:], []
                here = re.search(r"<<'?(\w+)'?", command)
                end = here.group(1) if here else None
            else:
                output.append(line)
        yield command, "\n".join(output)


@pytest.fixture
def shell(tmp_path):
    """A shell in an empty home, with nothing but the program and a private server."""
    try:
        find_program("initdb")
    except NoServer as reason:
        pytest.skip(str(reason))
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "retort").symlink_to(program())
    home = tmp_path / "home"
    home.mkdir()
    values = clean_environment(HOME=str(home), TZ="UTC", EDITOR="true")
    values["PATH"] = f"{tools}:{os.environ['PATH']}"
    state = {"folder": home}

    def run(command):
        done = subprocess.run(
            ["sh", "-c", f"{command}\nstatus=$?\npwd >&3\nexit $status"], cwd=state["folder"],
            env=values, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=120, pass_fds=(),
        )
        return done

    def run_and_follow(command):
        """Runs it as one terminal would: the folder it changes to is the next one's."""
        note = tmp_path / "folder"
        done = run(f"exec 3>'{note}'\n{command}")
        state["folder"] = Path(note.read_text().strip())
        return done

    yield run_and_follow, home
    run("retort --private --quiet db stop")


@pytest.mark.skipif(not BLOCK.search((TOP / "README.md").read_text()), reason="no tour")
def test_tour_prints_what_the_readme_shows(shell):
    run, home = shell
    wanted, printed = Mask(), Mask(home)
    for command, output in steps((TOP / "README.md").read_text()):
        done = run(command)
        assert printed(done.stdout) == wanted(output), command
        assert done.returncode == 0, command
