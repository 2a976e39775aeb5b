"""backups, verify, prune, pin, unpin: what is in the folder of backups, and what becomes of it."""
import fcntl
import json
import os
import random
import re
import shutil
import stat
import subprocess

import pytest

from support.backups import FILES, Backups, manifest, seal
from support.project import program

INPUT, USAGE, LOCKED, VERIFY = 3, 2, 10, 11


@pytest.fixture
def shop(offline):
    offline.backups = Backups(offline.folder / "backups")
    return offline


def rows(shop, *words, **options):
    return json.loads(shop.run(*words, "--json", **options).out)


def contents(folder):
    """All that is in a folder: names, modes, bytes."""
    return {str(path.relative_to(folder)):
            (path.lstat().st_mode, path.read_bytes() if path.is_file() else None)
            for path in sorted(folder.rglob("*"))}


# backups


def test_no_backups_are_said_to_be_none(shop):
    result = shop.run("backups")
    assert result.out == ""
    assert result.err == f'there are no backups in "{shop.folder}/backups"\n'
    assert rows(shop, "backups") == []
    assert not (shop.folder / "backups").exists()


def test_backups_are_listed_oldest_first(shop):
    old = shop.backups.make(days=40.5)
    new = shop.backups.make(days=3 / 24 + 0.001, revisions=["aaaa", "bbbb"])
    shop.backups.found(old, "proven.json")
    (old / "pinned").write_text("before the move\n")
    shop.backups.found(new, "verified.json")
    lines = shop.run("backups").out.splitlines()
    assert lines[0].split() == [
        "backup", "database", "state", "age", "size", "revision", "drill", "pinned"]
    assert lines[1].split(maxsplit=3) == [
        old.name, "shop", "proven", "40 days 10 kB ae1027a6acf1 restored in 12.2 s before the move"]
    assert lines[2].split() == [new.name, "shop", "verified", "3", "hours", "10", "kB", "aaaa,", "bbbb"]


def test_json_tells_all(shop):
    place = shop.backups.make(days=1)
    shop.backups.found(place, "proven.json", seconds=12.25)
    [row] = rows(shop, "backups")
    assert row["age_seconds"] in range(86400, 86700)
    assert row.pop("age_seconds") and row.pop("began").endswith("Z")
    assert row.pop("last_drill")["seconds"] == 12.25
    assert row == {
        "id": place.name, "state": "proven", "fault": None, "age": "24 hours", "size": "10 kB",
        "bytes": sum(map(len, FILES.values())), "revisions": ["ae1027a6acf1"], "database": "shop",
        "format": "directory", "encryption": None, "server_version": "15.18",
        "drill": "restored in 12.2 s", "last_verify": None, "pinned": None, "folder": str(place),
        "last_good": True, "last_proven": True,
    }


def test_the_folder_is_a_setting(shop):
    shop.configure("[backup]\nfolder = safe/place\n")
    place = Backups(shop.folder / "safe" / "place").make()
    assert [row["id"] for row in rows(shop, "backups")] == [place.name]


def test_broken_backups_are_listed_with_their_fault(shop):
    place = shop.backups.make(days=2)
    (place / "manifest.json").write_text("{")
    drilled = shop.backups.make(days=1)
    shop.backups.found(drilled, "proven.json", good=False, fault='table "item": 3 rows, not 4')
    result = shop.run("backups")
    assert re.search(rf"{place.name} +broken +2 days *\n", result.out)
    assert re.search(rf"{drilled.name} +shop +broken .* failed *\n", result.out)
    assert f'backup "{place.name}" is broken: {place}/manifest.json:1: no valid JSON' in result.err
    assert f'backup "{drilled.name}" is broken: table "item": 3 rows, not 4\n' in result.err


def test_the_ages_of_the_last_ones_are_told(shop):
    shop.backups.found(shop.backups.make(days=9.5), "proven.json")
    shop.backups.make(days=3.1 / 24)
    (shop.backups.make(days=1 / 24) / "manifest.json").write_text("{")
    result = shop.run("backups")
    assert "\nlast good: 3 hours ago; last proven: 9 days ago\n" in "\n" + result.err
    assert " old" not in result.err
    assert [(row["last_good"], row["last_proven"]) for row in rows(shop, "backups")] == [
        (False, True), (True, False), (False, False)]
    shop.configure("[backup]\nmax_age = 3h\nmax_proven_age = 10d\n")
    result = shop.run("backups")
    assert "the last good backup is 3 hours old, not less than 3 hours\n" in result.err
    assert "the last proven backup" not in result.err


def test_a_check_fails_when_they_are_too_old(shop):
    shop.configure("[backup]\nmax_proven_age = 8d\n")
    result = shop.run("backups", "--check", check=False)
    assert (result.code, result.out) == (VERIFY, "last good: none; last proven: none\n")
    assert "there is no good backup; there is no proven backup\n" in result.err
    place = shop.backups.make(days=7.9)
    shop.backups.found(place, "proven.json")
    assert shop.run("backups", "--check").out == "last good: 7 days ago; last proven: 7 days ago\n"
    found = rows(shop, "backups", "--check")
    assert found["good"]["id"] == place.name and found["good"]["most_seconds"] is None
    assert found["proven"]["age_seconds"] < found["proven"]["most_seconds"] == 8 * 86400
    shop.configure("[backup]\nmax_age = 7d\n")
    result = shop.run("backups", "--check", "--json", check=False)
    assert result.code == VERIFY
    [fault] = json.loads(result.out)["faults"]
    assert fault == "the last good backup is 7 days old, not less than 7 days"
    shop.configure("[backup]\nmax_age = soon\n")
    result = shop.run("backups", "--check", check=False)
    assert result.code == INPUT and '"max_age" must be a time such as 26h' in result.err


def test_names_that_are_no_backups_are_left_alone(shop):
    shop.backups.make()
    (shop.backups.folder / "README").write_text("ours")
    (shop.backups.folder / ".partial-notes").mkdir()
    assert len(rows(shop, "backups")) == 1
    shop.run("prune")
    assert {"README", ".partial-notes"} <= set(shop.backups.names())


def test_a_folder_that_is_none_is_an_error(shop):
    (shop.folder / "backups").write_text("a file")
    for words in (["backups"], ["verify"], ["prune"], ["pin", "x"]):
        result = shop.run(*words, check=False)
        assert (result.code, result.out) == (INPUT, "")
        assert "Not a directory" in result.err


# verify


def test_what_is_whole_is_verified(shop):
    place = shop.backups.make()
    result = shop.run("verify")
    assert result.out == ""
    assert result.err == f'backup "{place.name}" is as it was written: 2 files, 10 kB\n'
    assert rows(shop, "backups")[0]["state"] == "verified"
    assert stat.S_IMODE((place / "verified.json").stat().st_mode) == 0o600
    found = rows(shop, "verify", place.name[:10])
    assert found["good"] and found["faults"] == [] and found["id"] == place.name


@pytest.mark.parametrize("file", [*FILES, "manifest.json"])
def test_a_flipped_bit_is_found(shop, file):
    """In any file, at any place; the generator of places is seeded by the file's name."""
    place = shop.backups.make()
    whole = (place / file).read_bytes()
    chance = random.Random(file)
    for _ in range(12):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        (place / file).write_bytes(damaged)
        result = shop.run("verify", check=False)
        assert result.code == VERIFY and file in result.out, str(result)
        assert f'backup "{place.name}" is damaged: 1 fault\n' in result.err
        assert rows(shop, "backups")[0]["state"] == "broken"
        (place / file).write_bytes(whole)
        shop.run("verify")
        assert rows(shop, "backups")[0]["state"] == "verified"


def test_each_fault_is_named(shop):
    place = shop.backups.make(files={"a": b"1234", "b": b"1234", "c": b"1234", "d/e": b"1234",
                                     "f": b"1234", "g": b"", "h": b"1234"})
    (place / "a").unlink()
    (place / "b").write_bytes(b"123")
    (place / "c").write_bytes(b"12345")
    shutil.move(place / "d", place.parent / "elsewhere")
    (place / "d").symlink_to(place.parent / "elsewhere")
    (place / "f").unlink()
    (place / "f").mkdir()
    (place / "f" / "inner").write_text("")
    (place / "h").write_bytes(b"1235")
    (place / "more").write_text("x")
    os.mkfifo(place / "pipe")
    result = shop.run("verify", place.name, check=False)
    assert result.code == VERIFY
    assert result.out.splitlines() == [
        '"b" is too short: 3 bytes instead of 4',
        '"c" is too long: 5 bytes instead of 4',
        '"d" is a symbolic link',
        '"f" is a folder instead of a file',
        '"f/inner" is not in the manifest',
        '"more" is not in the manifest',
        '"pipe" is neither a file nor a folder',
        '"a" is missing',
        '"d/e" is missing',
        '"h" has another content: its checksum is wrong',
    ]
    assert result.err == f'retort: backup "{place.name}" is damaged: 10 faults\n'
    found = rows(shop, "verify", place.name, check=False)
    assert not found["good"] and len(found["faults"]) == 10
    row = rows(shop, "backups")[0]
    assert row["fault"] == '"b" is too short: 3 bytes instead of 4'
    assert row["last_verify"]["good"] is False


def test_a_manifest_that_leaves_the_folder_is_refused(shop):
    (shop.folder / "secret").write_bytes(b"x")
    place = shop.backups.make()
    for name in ("../../secret", str(shop.folder / "secret"), "dump/../../../secret"):
        (place / "manifest.json").write_text(seal(manifest(place.name, {name: b"x"})))
        result = shop.run("verify", check=False)
        assert result.code == VERIFY
        assert '"files[0].name" must name a file inside of the folder' in result.out


def test_no_manifest_is_a_fault(shop):
    place = shop.backups.make()
    (place / "manifest.json").unlink()
    result = shop.run("verify", check=False)
    assert result.code == VERIFY and "manifest.json" in result.out


def test_a_damaged_result_is_no_proof(shop):
    place = shop.backups.make()
    shop.backups.found(place, "proven.json", good=False)
    file = place / "proven.json"
    file.write_text(file.read_text().replace("false", "true"))
    assert rows(shop, "backups")[0]["state"] == "broken"
    result = shop.run("verify", check=False)
    assert result.code == VERIFY and "proven.json" in result.out


def test_verify_takes_the_newest_even_if_it_is_broken(shop):
    shop.backups.make(days=1)
    newest = shop.backups.make()
    (newest / "dump" / "toc.dat").write_bytes(b"")
    for words in (["verify"], ["verify", "latest"], ["verify"]):
        result = shop.run(*words, check=False)
        assert result.code == VERIFY and newest.name in result.err


def test_backups_that_are_not_there_are_named(shop):
    result = shop.run("verify", check=False)
    assert result.code == INPUT and "there are no backups" in result.err
    place = shop.backups.make()
    result = shop.run("verify", "2001", check=False)
    assert result.code == INPUT
    assert f"hint: there are: {place.name}\n" in result.err


def with_rights(shop, *words):
    """Runs the program so that the rights of files stop it, as they do not stop root otherwise."""
    command = [program(), *words]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all",
                   *command]
    return subprocess.run(command, cwd=shop.folder, env=shop.environment(), capture_output=True,
                          text=True, timeout=60)


@pytest.fixture
def read_only(shop):
    """A folder of backups that can be read and not be written."""
    place = shop.backups.make()
    for path in place.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    place.chmod(0o555)
    shop.backups.folder.chmod(0o555)
    yield place
    shop.backups.folder.chmod(0o755)
    for path in [place, *place.rglob("*")]:
        path.chmod(0o755)


def test_what_cannot_be_written_is_read_and_said(shop, read_only):
    before = contents(shop.backups.folder)
    done = with_rights(shop, "verify")
    assert done.returncode == INPUT
    assert "nothing is wrong, but that was not recorded: could not create" in done.stderr
    done = with_rights(shop, "pin", "latest")
    assert done.returncode == INPUT and "Permission denied" in done.stderr
    done = with_rights(shop, "prune", "--keep", "1 last")
    assert done.returncode == INPUT and "Permission denied" in done.stderr
    done = with_rights(shop, "prune", "--dry-run")
    assert done.returncode == 0 and "newest good" in done.stdout
    assert contents(shop.backups.folder) == before


def test_damage_where_nothing_can_be_written_is_still_damage(shop, read_only):
    (read_only / "dump" / "toc.dat").chmod(0o000)
    done = with_rights(shop, "verify")
    assert done.returncode == VERIFY
    assert done.stdout == '"dump/toc.dat" cannot be read: Permission denied\n'
    assert "the result was not recorded: could not create" in done.stderr


@pytest.fixture
def small_disk(shop):
    """The folder of backups on a file system of 1 MB, full but for nothing."""
    if os.geteuid() != 0:
        pytest.skip("cannot mount a small disk: needs root")
    shop.backups.folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", shop.backups.folder],
                           capture_output=True, text=True)
    if mount.returncode != 0:
        pytest.skip(f"cannot mount a small disk: {mount.stderr.strip()}")
    yield shop.backups.folder
    subprocess.run(["umount", shop.backups.folder], check=True)


def test_a_full_disk_is_said_and_leaves_nothing_half(shop, small_disk):
    old, place = shop.backups.make(days=1), shop.backups.make()
    with open(small_disk / "filler", "wb", buffering=0) as filler:
        with pytest.raises(OSError):
            while True:
                filler.write(bytes(4096))
    before = contents(small_disk)
    result = shop.run("verify", check=False)
    assert result.code == INPUT and "No space left on device" in result.err
    result = shop.run("pin", place.name, "--why", "why", check=False)
    assert result.code == INPUT and "No space left on device" in result.err
    assert contents(small_disk) == before
    shop.run("prune", "--keep", "1 last")
    assert not old.exists()


# pin, unpin


def test_pins_are_shown_and_taken_away(shop):
    place = shop.backups.make()
    result = shop.run("pin", "latest", "--why", "vor dem Umzug — größer")
    assert result.err == f'backup "{place.name}" is pinned\n'
    assert "vor dem Umzug — größer" in shop.run("backups").out
    assert stat.S_IMODE((place / "pinned").stat().st_mode) == 0o600
    shop.run("pin", place.name)
    assert rows(shop, "backups")[0]["pinned"] == "yes"
    assert shop.run("unpin", place.name).err == (
        f'backup "{place.name}" is not pinned any more\n')
    assert shop.run("unpin", place.name).err == f'backup "{place.name}" is not pinned\n'
    assert rows(shop, "backups")[0]["pinned"] is None
    shop.run("verify")


def test_a_reason_is_one_line(shop):
    shop.backups.make()
    result = shop.run("pin", "latest", "--why", "a\nb", check=False)
    assert (result.code, result.err) == (USAGE, "retort: a reason is one line of text\n")


# prune


def test_prune_removes_what_need_not_be_kept_and_says_why(shop):
    places = [shop.backups.make(days=days) for days in (5.5, 4, 3, 2, 1.01, 1, 0)]
    shop.run("pin", places[0].name)
    shop.backups.found(places[2], "proven.json")
    keep = ["--keep", "2 last"]
    before = contents(shop.backups.folder)
    dry = shop.run("prune", "--dry-run", *keep)
    assert contents(shop.backups.folder) == before
    fates = {row["id"]: (row["fate"], row["why"]) for row in rows(shop, "prune", *keep)}
    assert fates == {
        places[0].name: ("kept", "pinned"),
        places[1].name: ("removed", None),
        places[2].name: ("kept", "newest proven"),
        places[3].name: ("removed", None),
        places[4].name: ("removed", None),
        places[5].name: ("kept", "last"),
        places[6].name: ("kept", "newest good, last"),
    }
    assert shop.backups.names() == [places[i].name for i in (0, 2, 5, 6)]
    assert "3 backups would be removed, 31 kB (keep: 2 last)\n" in dry.err
    for place, (fate, why) in zip(places, (fates[place.name] for place in places)):
        fate = fate.replace("removed", "would be removed")
        assert re.search(rf"{place.name} .* {fate} +{why or ''} *\n", dry.out)
    again = shop.run("prune", *keep)
    assert "0 backups removed" in again.err


def test_prune_follows_the_setting(shop):
    for days in range(60):
        shop.backups.make(days=days)
    shop.run("prune")
    kept = len(shop.backups.names())
    assert 10 <= kept <= 7 + 4 + 3
    shop.configure("[backup]\nkeep = 2 daily\n")
    shop.run("prune")
    assert len(shop.backups.names()) == 2
    shop.configure("[backup]\nkeep =\n")
    assert "(keep: all)" in shop.run("prune").err
    shop.configure("[backup]\nkeep = 2 dayly\n")
    result = shop.run("prune", check=False)
    assert result.code == INPUT
    assert result.err.startswith('retort: ') and 'retort.ini:2: "keep" ' in result.err
    assert '"2 dayly" names no known period' in result.err
    result = shop.run("prune", "--keep", "x", check=False)
    assert result.code == USAGE and result.err.startswith('retort: --keep: "x" is not a number')
    assert len(shop.backups.names()) == 2


def test_prune_never_removes_the_last_good_or_proven_one(shop):
    proven, good = shop.backups.make(days=30), shop.backups.make(days=20)
    shop.backups.found(proven, "proven.json")
    broken = [shop.backups.make(days=days) for days in (25, 10, 5)]
    for place in broken:
        (place / "manifest.json").write_text("")
    shop.run("prune", "--keep", "1 last")
    assert shop.backups.names() == sorted(
        [proven.name, good.name, broken[1].name, broken[2].name])


def test_later_backups_stay(shop):
    later = [shop.backups.make(days=-days) for days in (1, 2, 3)]
    now = [shop.backups.make(days=days) for days in (0.1, 0.2)]
    result = shop.run("prune", "--keep", "1 last")
    assert shop.backups.names() == sorted([now[0].name, *(place.name for place in later)])
    assert re.search(r"in 2\d hours .* later than now", result.out)


def test_prune_sweeps_what_the_dead_left(shop):
    shop.backups.make()
    for number, has_lock in enumerate((True, False)):
        left = shop.backups.folder / f".partial-2026-01-01T000000Z-00000000000{number}"
        (left / "dump").mkdir(parents=True)
        (left / "dump" / "half").write_text("x")
        if has_lock:
            (left / "lock").touch()
    held = shop.backups.folder / ".partial-2026-01-02T000000Z-000000000000"
    held.mkdir()
    with open(held / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shop.run("prune")
        assert [name for name in shop.backups.names() if "partial" in name] == [held.name]
    shop.run("prune")
    assert len(shop.backups.names()) == 1


def test_what_is_in_use_stays(shop):
    old, new = shop.backups.make(days=1), shop.backups.make()
    with open(old / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        result = shop.run("prune", "--keep", "1 last")
        assert re.search(rf"{old.name} .* in use", result.out)
        shop.run("verify", old.name)
    with open(new / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = shop.run("verify", check=False)
        assert result.code == LOCKED
        assert result.err == f'retort: backup "{new.name}" is in use by another process\n'
        assert shop.run("pin", new.name, check=False).code == LOCKED
    shop.run("prune", "--keep", "1 last")
    assert shop.backups.names() == [new.name]


def test_all_at_once_disturb_each_other_only_truly(shop):
    places = [shop.backups.make(days=days) for days in range(20)]
    (places[19] / "dump" / "toc.dat").write_bytes(b"damaged")
    words = [["prune", "--keep", "3 last"], ["prune", "--keep", "3 last"], ["prune"], ["backups"],
             *(["verify", place.name] for place in places[1:8])]
    running = [(word, shop.start(*word)) for word in words]
    for word, child in running:
        out, err = child.communicate(timeout=60)
        if word[0] == "verify":
            true = (child.returncode == 0 or "is there no more" in err or "is in use" in err
                    or "there is no backup" in err)
        elif word[0] == "prune":
            true = child.returncode == 0 or "is in use by another process" in err
        else:
            true = child.returncode == 0
        assert true, (word, child.returncode, out, err)
    shop.run("prune", "--keep", "3 last")
    assert set(shop.backups.names()) == {place.name for place in places[:3]}
    for place in places[:3]:
        shop.run("verify", place.name)
