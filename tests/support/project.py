"""A project folder in which the real program runs."""
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.server import clean_environment

TOP = Path(__file__).resolve().parents[2]


def program():
    """The path of the program under test; RETORT names another one."""
    return os.environ.get("RETORT") or str(TOP / "build" / "retort")


@dataclass
class Result:
    """What a run of the program gave."""

    code: int
    out: str
    err: str
    words: list

    def __str__(self):
        return f"$ {' '.join(self.words)}\nexit {self.code}\n{self.out}{self.err}"


class Project:
    """A folder with retort.ini, models/ and migrations/."""

    def __init__(self, folder, url=None):
        self.folder = Path(folder)
        self.url = url
        self.serve_url = None  # SERVE_DATABASE_URL: see support/serving.py
        self.models = self.folder / "models"
        self.migrations = self.folder / "migrations"
        self.models.mkdir(parents=True, exist_ok=True)
        self.migrations.mkdir(parents=True, exist_ok=True)
        ini = self.folder / "retort.ini"
        if not ini.exists():
            ini.write_text("")

    def environment(self, env=None):
        """As run() gives it to the program; a value of None removes the variable."""
        values = clean_environment()
        if self.url is not None:
            values["DATABASE_URL"] = self.url
        if self.serve_url is not None:
            values["SERVE_DATABASE_URL"] = self.serve_url
        for key, value in (env or {}).items():
            values.pop(key, None)
            if value is not None:
                values[key] = value
        return values

    def run(self, *args, check=True, input=None, env=None, timeout=120):
        """Runs `retort ARGS`; with check, another exit status than 0 fails the test.

        input: text for standard input, which is otherwise empty and never a terminal.
        """
        words = [program(), *map(str, args)]
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment(env), capture_output=True,
            input=(input or "").encode(), timeout=timeout,
        )
        result = Result(
            done.returncode, done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"), ["retort", *words[1:]],
        )
        if check:
            assert result.code == 0, str(result)
        return result

    def start(self, *args, env=None):
        """Starts `retort ARGS` and does not wait; the caller waits for or kills it."""
        return subprocess.Popen(
            [program(), *map(str, args)], cwd=self.folder, env=self.environment(env), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )

    def write(self, path, text):
        """Writes a file of the project; gives its path."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def model(self, text, name="model.sql"):
        return self.write(f"models/{name}", text)

    def configure(self, text):
        return self.write("retort.ini", text)

    def revision(self, id, upgrade="", downgrade="", revises=None, message=None, headers=""):
        """Writes a revision by hand: migrations/ID.sql.

        revises: id, list of ids, or None for a root. headers: further "key: value" lines.
        """
        parents = revises or "none"
        if not isinstance(parents, str):
            parents = ", ".join(parents)
        extra = "".join(f"-- {line}\n" for line in headers.splitlines())
        return self.write(
            f"migrations/{id}.sql",
            f"-- {message or id}\n--\n-- revision: {id}\n-- revises: {parents}\n{extra}"
            f"\n-- upgrade\n\n{upgrade}\n\n-- downgrade\n\n{downgrade}\n",
        )
