"""Backups as files: folders with a manifest, made without the program."""
import hashlib
import json
from datetime import datetime, timedelta, timezone

FILES = {"dump/toc.dat": b"PGDMP contents", "dump/3021.dat.zst": bytes(range(256)) * 40}


def seal(members):
    """The JSON of a record with the checksum of all before it as its last member."""
    text = json.dumps(members, indent=2, ensure_ascii=False).removesuffix("\n}")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{text},\n  "checksum": "{digest}"\n}}\n'


def moment(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def backup_id(time, number=0):
    return f"{time:%Y-%m-%dT%H%M%SZ}-{number:012x}"


def manifest(name, files, **members):
    """The members of a manifest, as docs/backups.md tells them."""
    listed = [{"name": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
              for path, content in files.items()]
    return {
        "manifest": 2, "id": name, "engine": "pg_dump", "format": "directory",
        "compression": "zstd", "encryption": None, "recipients": [], "database": "shop",
        "began": "2026-11-22T18:30:00Z", "ended": "2026-11-22T18:30:02Z", "seconds": 2.5,
        "server_version": 150018, "server_version_text": "15.18",
        "program": "pg_dump (PostgreSQL) 15.18", "retort": "0.1.0", "encoding": "UTF8",
        "locale_provider": "libc", "collate": "C", "ctype": "C", "icu_locale": None,
        "collation_version": None, "timezone": "UTC", "revisions": ["ae1027a6acf1"],
        "schema_hash": None, "database_bytes": 8_000_000,
        "stored_bytes": sum(map(len, files.values())), "extensions": [], "roles": ["shop"],
        "files": listed, "tables": [{"schema": "public", "name": "item", "rows": 3, "hash": "77"}],
        "large_objects": {"objects": 0, "bytes": 0, "hash": "0"}, "sequences": [], **members,
    }


class Backups:
    """The folder of backups of a project, of a database of that name."""

    def __init__(self, folder, database="shop"):
        self.folder = folder
        self.database = database
        self.now = datetime.now(timezone.utc).replace(microsecond=0)
        self.count = 0

    def make(self, days=0.0, files=None, **members):
        """Writes a backup that began so many days ago; gives its folder."""
        files = FILES if files is None else files
        self.count += 1
        name = backup_id(self.now - timedelta(days=days), self.count)
        place = self.folder / name
        for path, content in files.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(content)
        place.mkdir(parents=True, exist_ok=True)
        members = {"database": self.database, **members}
        (place / "manifest.json").write_text(seal(manifest(name, files, **members)))
        (place / "lock").touch()
        return place

    def found(self, place, file, good=True, fault=None, seconds=12.25):
        """Writes verified.json or proven.json."""
        (place / file).write_text(seal({
            "result": 1, "at": moment(self.now), "good": good, "fault": fault,
            "seconds": seconds}))

    def names(self):
        return sorted(path.name for path in self.folder.iterdir() if path.name != ".lock")
