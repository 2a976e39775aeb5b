"""Waiting for an event, never for a time."""
import threading
import time


def until(condition, seconds=60, what="the event"):
    """Asks `condition` again and again until it gives something true; gives that."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        pause.wait(0.01)
