"""Makes Retort revisions of a folder of NNN_name/{up,down}.sql, as other tools keep them."""
import hashlib
import re
from pathlib import Path

from support.sqltext import tokens

CRATES = Path(__file__).resolve().parents[3] / "shared" / "histories" / "crates"
MARKER = re.compile(r"^--\s*(upgrade|downgrade|step)\s*$", re.IGNORECASE | re.MULTILINE)


def identify(name):
    """The id of a revision: the same for the same folder name on every machine."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def folders(source=CRATES):
    """The folders of the history, in its order."""
    return sorted(path.parent for path in Path(source).glob("*/up.sql"))


def body(path):
    """The SQL of a file as it stands, its last statement ended.

    A line that would be a marker is made a plain comment.
    """
    text = MARKER.sub(r"-- (\1)", path.read_text().strip())
    kind, piece = "other", ";"
    for kind, start, end in tokens(text):
        if kind not in ("space", "comment"):
            piece = text[start:end]
    return text if piece == ";" else text + ("\n;" if kind == "comment" else ";")


def revision(folder, parent):
    """The text of a revision."""
    number, _, words = folder.name.partition("_")
    return (
        f"-- {words.replace('_', ' ')}\n--\n"
        f"-- revision: {identify(folder.name)}\n"
        f"-- revises: {parent or 'none'}\n\n"
        f"-- upgrade\n\n{body(folder / 'up.sql')}\n\n"
        f"-- downgrade\n\n{body(folder / 'down.sql')}\n"
    )


def convert(target, source=CRATES):
    """Writes all revisions into target; gives their ids, parents first."""
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    parent, ids = None, []
    for folder in folders(source):
        text = revision(folder, parent)
        parent = identify(folder.name)
        number, _, words = folder.name.partition("_")
        (target / f"{number}_{parent}_{words}.sql").write_text(text)
        ids.append(parent)
    return ids
