"""The program on a terminal, where it may ask."""
import contextlib
import os
import subprocess

from support.project import Result, program


def run_on_terminal(project, *args, typed):
    """Runs `retort ARGS`; what is typed waits in the terminal, whose screen is in Result.out, too."""
    words = ["setsid", "--ctty", program(), *map(str, args)]
    screen, inside = os.openpty()
    os.write(screen, typed.encode())
    try:
        done = subprocess.run(words, cwd=project.folder, env=project.environment(), stdin=inside,
                              capture_output=True, text=True, timeout=120)
        shown = os.read(screen, 1 << 16).decode()  # at least the echo of what was typed
    finally:
        os.close(inside)
        os.close(screen)
    return Result(done.returncode, done.stdout + shown, done.stderr, ["retort", *words[3:]])


class Asked:
    """A program that waits for what is typed."""

    def __init__(self, child, screen):
        self.child = child
        self.screen = screen

    def answer(self, text):
        """Types it, and waits for the end; gives the exit status and what was said as errors."""
        os.write(self.screen, text.encode())
        _, err = self.child.communicate(timeout=120)
        return self.child.returncode, err


@contextlib.contextmanager
def asked_on_terminal(project, *args, question):
    """Starts `retort ARGS`, and waits until it asks the question."""
    screen, inside = os.openpty()
    child = subprocess.Popen(
        ["setsid", "--ctty", program(), *map(str, args)], cwd=project.folder,
        env=project.environment(), stdin=inside, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True)
    os.close(inside)
    shown = ""
    try:
        while question not in shown:
            shown += os.read(screen, 1 << 16).decode()
        yield Asked(child, screen)
    finally:
        child.kill()
        child.wait()
        os.close(screen)
