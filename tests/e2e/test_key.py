"""retort key: API keys that are shown once and kept as a hash."""
import hashlib
import json
import re
import stat

import pytest

ACCESS = "[access]\nkeys = secrets/keys.txt\ndb_roles = editor=shop_editor\nanonymous_role = shop\n"


@pytest.fixture
def shop(offline):
    (offline.folder / "retort.ini").write_text(ACCESS)
    (offline.folder / "secrets").mkdir()
    return offline


def hash_of(key):
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def test_key_is_printed_and_its_hash_kept(shop):
    result = shop.run("key", "warehouse", "--role", "reader", "--role", "packer",
                      "--db-role", "shop_editor")
    key = result.out.rstrip("\n")
    assert re.fullmatch(r"rk_[A-Za-z0-9_-]{43}", key)
    assert key not in result.err
    file = shop.folder / "secrets" / "keys.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == (
        f"warehouse {hash_of(key)} roles=reader,packer db_role=shop_editor\n")


def test_keys_are_added_behind_what_is_there(shop):
    file = shop.folder / "secrets" / "keys.txt"
    file.write_text("# our keys, without a line end")
    one = json.loads(shop.run("key", "one", "--json").out)
    two = shop.run("key", "two", "-q").out.strip()
    assert one["hash"] == hash_of(one["key"]) and one["name"] == "one"
    assert file.read_text() == (f"# our keys, without a line end\none {one['hash']}\n"
                                f"two {hash_of(two)}\n")


def test_keys_made_at_once_are_all_there(shop):
    running = [shop.start("key", f"k{number}") for number in range(8)]
    keys = {child.communicate(timeout=60)[0].strip() for child in running}
    assert [child.returncode for child in running] == [0] * 8 and len(keys) == 8
    lines = (shop.folder / "secrets" / "keys.txt").read_text().splitlines()
    assert {line.split()[1] for line in lines} == {hash_of(key) for key in keys}


def test_key_for_a_table_goes_into_no_file(shop):
    result = shop.run("key", "partner", "--role", "reader", "--no-file")
    key, line = result.out.splitlines()
    assert line == f"partner {hash_of(key)} roles=reader"
    assert not (shop.folder / "secrets" / "keys.txt").exists()


def test_dry_run_makes_nothing(shop):
    out = shop.run("key", "warehouse", "--dry-run").out
    assert out.startswith("Adding key warehouse to ") and "not done (dry run)" in out
    assert not (shop.folder / "secrets" / "keys.txt").exists()


@pytest.mark.parametrize("words, code, message", [
    (["a b"], 2, "a name is 1 to 64 letters"),
    (["rk_x"], 2, "a name is 1 to 64 letters"),
    (["a", "--role", "b,c"], 2, "a role is one word"),
    (["a", "--role", ""], 2, "a role is one word"),
    (["a", "--db-role", "postgres"], 3, 'database role "postgres" is not in "db_roles"'),
    (["warehouse"], 3, 'there is a key "warehouse" already'),
])
def test_refusals_leave_the_file_as_it_was(shop, words, code, message):
    shop.run("key", "warehouse")
    file = shop.folder / "secrets" / "keys.txt"
    before = file.read_text()
    result = shop.run("key", *words, check=False)
    assert (result.code, result.out) == (code, "") and message in result.err
    assert file.read_text() == before


def test_malformed_file_is_named_and_not_repeated(shop):
    file = shop.folder / "secrets" / "keys.txt"
    file.write_text("warehouse rk_SECRET\n")
    result = shop.run("key", "other", check=False)
    assert result.code == 3 and "keys.txt:1: " in result.err and "SECRET" not in result.err
    assert file.read_text() == "warehouse rk_SECRET\n"


def test_no_file_is_named_by_the_settings(offline):
    result = offline.run("key", "a", check=False)
    assert result.code == 3 and "no file of keys is named\nhint: " in result.err
