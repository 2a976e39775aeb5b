"""The tour of the README: its commands are run, and must print what stands there.

A line that begins with "$ " is a command, together with the lines of a here-document after it;
what follows up to the next one is what a terminal shows. Ids, times and folders differ from run to
run: each distinct one is compared by the place where it appears first.

"retort dev" stands in a terminal of its own: it is started beside the others, on a free port, has
printed what stands there before the tour goes on, and ends well when it is told to, at the end.
"""
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.project import TOP, program
from support.server import NoServer, clean_environment, find_program, quick_folder

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
SERVED = "127.0.0.1:8000"
SERVER = "retort dev"
VARIABLE = [
    ("socket-url", re.compile(r"%2Ftmp%2Fretort-[\w.-]+")),
    ("request", re.compile(r"(?<=\"request_id\":\")[0-9a-f]{32}")),
    ("sum", re.compile(r"(?<=; )[0-9a-f]{8}\b")),
    ("backup", re.compile(r"\b\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{12}\b")),
    ("aside", re.compile(r"(?<=_before_)\d{8}T\d{6}Z\b")),
    ("size", re.compile(r"\b\d+(\.\d+)?\s(kB|bytes)")),
    ("id", re.compile(r"(?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])")),
    ("name-time", re.compile(r"\b\d{4}_\d\d_\d\d_\d{4}\b")),
    ("time", re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?( UTC)?")),
    ("duration", re.compile(r"\b\d+(\.\d+)? (ms|s)\b")),
    ("version", re.compile(r"\b1\d\.\d+\b")),
    ("socket", re.compile(r"(/[\w.-]+)*/retort-[\w.-]+")),
    ("pid", re.compile(r"(?<=process )\d+")),
    ("major", re.compile(r"(?<=PostgreSQL )\d+|(?<=/pg)\d+")),
]
COUNTED = ("id", "backup", "aside")


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
def home():
    """An empty home that the server's user can enter, and an environment that finds the program."""
    try:
        find_program("initdb")
    except NoServer as reason:
        pytest.skip(str(reason))
    top = Path(tempfile.mkdtemp(prefix="retort-", dir=quick_folder()))
    top.chmod(0o755)
    (top / "bin").mkdir()
    (top / "bin" / "retort").symlink_to(program())
    folder = top / "home"
    folder.mkdir()
    values = clean_environment(HOME=str(folder), TZ="UTC", no_proxy="127.0.0.1")
    values["PATH"] = f"{top / 'bin'}:{os.environ['PATH']}"
    yield folder, values
    for ini in folder.glob("*/retort.ini"):
        subprocess.run([program(), "-q", "db", "stop"], cwd=ini.parent, env=values, check=True)
    shutil.rmtree(top)


def free_address():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % found.getsockname()[1]


def in_another_terminal(command, address):
    """Shell: starts the server and goes on when it serves or has ended."""
    return (f": >dev.log; {command} --listen {address} >dev.log 2>&1 & server=$!\n"
            'until grep -q "^serving on" dev.log || ! kill -0 $server; do :; done; cat dev.log')


def run_in_one_shell(commands, folder, values, address):
    """What each command prints, as one terminal shows it, and its status; the last one is the
    server's, when it was told to end."""
    script = "exec 2>&1\n"
    for command in commands:
        if command == SERVER:
            command = in_another_terminal(command, address)
        script += f"{command}\nprintf '\\036%s\\036' $?\n".replace(SERVED, address)
    script += "kill -INT $server; wait $server; printf '\\036%s\\036' $?\n"
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=values, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True, timeout=300,
    )
    parts = done.stdout.split("\036")
    return list(zip(parts[0::2], parts[1::2]))


def test_tour_prints_what_the_readme_shows(home):
    folder, values = home
    tour = list(steps((TOP / "README.md").read_text()))
    assert len(tour) > 5
    wanted, printed = Mask(), Mask(folder)
    address = free_address()
    results = run_in_one_shell([command for command, _ in tour], folder, values, address)
    assert len(results) == len(tour) + 1
    assert results.pop() == ("", "0"), "the server's end"
    results = [(text.replace(address, SERVED), status) for text, status in results]
    for (command, output), (text, status) in zip(tour, results):
        assert printed(text) == wanted(output), command
        refused = re.search("^retort: ", output, re.MULTILINE) is not None
        assert (status != "0") == refused, command
