"""How the program refuses: an exit status of its table, and messages that name the place."""
import re

INPUT, SQL, HISTORY = 3, 5, 6
CRASH = re.compile(r"CRITICAL|assert|Sanitizer|core dumped|Segmentation", re.IGNORECASE)


def refuse(project, *words, code, place=None, says=None):
    """Runs a command that must fail in an orderly way; gives its messages."""
    done = project.run(*words, check=False)
    assert not CRASH.search(done.err), str(done)
    assert done.code == code, str(done)
    assert re.search("^retort: ", done.err, re.MULTILINE), str(done)
    assert place is None or place in done.err, str(done)
    assert says is None or re.search(says, done.err, re.IGNORECASE | re.DOTALL), str(done)
    return done.err
