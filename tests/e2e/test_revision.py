"""revision, merge, init: what they write."""
import json
import re


def make(project, *words):
    return json.loads(project.run("revision", *words, "--json").out)


def test_revision_follows_the_head(offline):
    result = offline.run("revision", "-m", "Add items: größer!")
    match = re.fullmatch(
        r"Generating (migrations/\d{4}_\d\d_\d\d_\d{4}-([0-9a-f]{12})_add_items_größer\.sql) \.\.\."
        r"  done\n",
        result.out,
    )
    assert match, result.out
    text = (offline.folder / match[1]).read_text()
    assert re.fullmatch(
        r"-- Add items: größer!\n--\n-- revision: [0-9a-f]{12}\n-- revises: none\n"
        r"-- created: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n\n-- upgrade\n\n-- downgrade\n",
        text,
    ), text
    second = make(offline, "-m", "two")
    assert second["parents"] == [match[2]]
    assert offline.run("heads").out == f"{second['revision']} (head)\n"


def test_results_survive_quiet(offline):
    path = offline.run("-q", "revision", "-m", "x").out.rstrip("\n")
    assert path.startswith("migrations/") and (offline.folder / path).is_file()
    made = offline.run("revision", "-m", "y", "--head", "base", "-q")
    assert re.fullmatch(r"migrations/\S+_y\.sql\n", made.out) and made.err == ""
    merged = offline.run("merge", "heads", "-m", "z", "-q")
    assert re.fullmatch(r"migrations/\S+_z\.sql\n", merged.out) and merged.err == ""
    assert offline.run("heads", "-q").out.endswith(" (head)\n")


def test_second_head_needs_splice(offline):
    make(offline, "-m", "a", "--rev-id", "aaaa")
    make(offline, "-m", "b", "--rev-id", "bbbb")
    result = offline.run("revision", "-m", "c", "--head", "aaaa", check=False)
    assert result.code == 6
    assert result.err == (
        "retort: Revision aaaa is not a head revision; please specify --splice to create a new "
        "branch from this revision\n"
        'hint: without it, "--head head" goes on from the head\n'
    )
    make(offline, "-m", "c", "--head", "aaaa", "--splice", "--branch-label", "side", "--rev-id", "c")
    result = offline.run("revision", "-m", "d", check=False)
    assert result.code == 6
    assert result.err == (
        "retort: Multiple heads are present; please specify the head revision on which the new "
        "revision should be based, or perform a merge.\n"
        'hint: "--head ID" names it, "retort merge heads" joins them\n'
    )
    assert make(offline, "-m", "d", "--head", "side@head")["parents"] == ["c"]


def test_base_and_dependencies(offline):
    make(offline, "-m", "a", "--rev-id", "aaaa1111", "--branch-label", "main")
    net = make(offline, "-m", "net", "--head", "base", "--depends-on", "aaaa", "--rev-id", "net")
    assert net["parents"] == []
    assert "-- depends on: aaaa1111\n" in (offline.folder / net["path"]).read_text()
    again = make(offline, "-m", "x", "--head", "net", "--depends-on", "main")
    assert "-- depends on: main\n" in (offline.folder / again["path"]).read_text()


def test_what_cannot_be_is_refused_and_writes_nothing(offline):
    make(offline, "-m", "a", "--rev-id", "aaaa", "--branch-label", "main")
    before = sorted(offline.migrations.iterdir())
    cases = [
        (["--rev-id", "a-b"], 3, "Character(s) '-' not allowed in revision identifier 'a-b'"),
        (["--rev-id", "aaaa"], 3, "Revision aaaa is present already"),
        (["--branch-label", "main", "--rev-id", "b"], 3,
         "Branch name 'main' in revision b already used by revision aaaa"),
        (["--depends-on", "zz"], 6, "Can't locate revision identified by 'zz'"),
        (["--head", "zz"], 6, "Can't locate revision identified by 'zz'"),
        (["--version-path", "other"], 2,
         "Path other is not represented in current version locations"),
        (["--sql"], 2, "Using --sql with the revision command when revision_environment is not "
                       "configured does not make any sense"),
        (["--sql", "--autogenerate"], 2,
         "Using --sql with --autogenerate does not make any sense"),
    ]
    for words, code, message in cases:
        result = offline.run("revision", "-m", "x", *words, check=False)
        assert (result.code, result.out) == (code, ""), words
        assert result.err.startswith(f"retort: {message}\nhint: "), words
    assert sorted(offline.migrations.iterdir()) == before


def test_several_folders_want_a_path(offline):
    offline.configure("[retort]\nmigrations = migrations:more\nfile_template = %{id}\n")
    (offline.folder / "more").mkdir()
    result = offline.run("revision", "-m", "x", check=False)
    assert result.code == 2
    assert result.err == (
        "retort: Multiple version locations present, please specify --version-path\n"
        'hint: "migrations" in retort.ini names migrations, more\n'
    )
    assert make(offline, "-m", "x", "--version-path", "more", "--rev-id", "a")["path"] == "more/a.sql"
    assert make(offline, "-m", "y", "--rev-id", "b")["path"] == "more/b.sql"


def test_merge_joins_heads(offline):
    make(offline, "-m", "a", "--rev-id", "aaaa")
    make(offline, "-m", "b", "--rev-id", "bbbb", "--head", "base")
    result = offline.run("merge", "aaaa", check=False)
    assert result.code == 2 and "nothing to merge" in result.err
    result = offline.run("merge", "aaaa", "aaaa", check=False)
    assert (result.code, result.err) == (
        2, 'retort: Duplicate head revisions specified\nhint: "retort heads" lists them\n')
    result = offline.run("merge", "heads", "-m", "join", "--rev-id", "cccc", "--json")
    assert json.loads(result.out)["parents"] == ["aaaa", "bbbb"]
    assert offline.run("heads").out == "cccc (head)\n"


def test_dry_run_of_revision_and_merge_writes_nothing(offline):
    make(offline, "-m", "a", "--rev-id", "aaaa")
    make(offline, "-m", "b", "--rev-id", "bbbb", "--head", "base")
    before = sorted(offline.migrations.iterdir())
    result = offline.run("revision", "-m", "c", "--rev-id", "cccc", "--head", "aaaa", "--dry-run")
    assert result.out.startswith("-- c\n--\n-- revision: cccc\n-- revises: aaaa\n")
    assert re.fullmatch(r"migrations/\S+_c\.sql would be written, and is not\.\n", result.err)
    result = offline.run("merge", "heads", "-m", "d", "--rev-id", "dddd", "--dry-run", "--json")
    merged = json.loads(result.out)
    assert merged["parents"] == ["aaaa", "bbbb"]
    assert merged["text"].startswith("-- d\n--\n-- revision: dddd\n-- revises: aaaa, bbbb\n")
    assert offline.run("merge", "zz", "--dry-run", check=False).code == 6
    assert sorted(offline.migrations.iterdir()) == before
    assert "text" not in make(offline, "-m", "c", "--head", "aaaa")


def test_dry_run_of_init_makes_nothing(offline):
    result = offline.run("init", "shop", "--dry-run")
    assert result.out == (
        "Generating shop/retort.ini ...  not done (dry run)\n"
        "Creating directory shop/models ...  not done (dry run)\n"
        "Generating shop/models/grants.sql ...  not done (dry run)\n"
        "Creating directory shop/migrations ...  not done (dry run)\n"
        "Creating directory shop/api ...  not done (dry run)\n"
        "Generating shop/.env.example ...  not done (dry run)\n"
        "Generating shop/.gitignore ...  not done (dry run)\n"
    )
    assert not (offline.folder / "shop").exists()
    quiet = offline.run("init", "shop", "-q")
    assert (quiet.out, quiet.err) == ("", "")
    (offline.folder / "shop" / ".gitignore").write_text(".env\n")
    again = offline.run("init", "shop", "--dry-run", "-q")
    assert again.out == "Adding to shop/.gitignore ...  not done (dry run)\n"
    assert (offline.folder / "shop" / ".gitignore").read_text() == ".env\n"


def test_init_overwrites_nothing(offline):
    offline.run("init", "shop")
    shop = offline.folder / "shop"
    made = sorted(path.name for path in shop.iterdir())
    assert made == [".env.example", ".gitignore", "api", "migrations", "models", "retort.ini"]
    assert (shop / ".gitignore").read_text() == ".env\n.retort/\nbackups/\n"
    ini = shop / "retort.ini"
    ini.write_text("# mine\n")
    (shop / ".gitignore").write_text("*.o\n.env")
    offline.run("init", "shop")
    assert ini.read_text() == "# mine\n"
    assert (shop / ".gitignore").read_text() == "*.o\n.env\n.retort/\nbackups/\n"
    assert offline.run("-c", "shop/retort.ini", "heads").out == ""


def grants_of(folder):
    text = (folder / "models" / "grants.sql").read_text()
    return re.findall("^GRANT (.*) ON ALL (.*) IN SCHEMA public TO (.*);$", text, flags=re.M)


def test_init_grants_to_the_role_of_the_private_server(offline):
    offline.run("init", "my shop", env={"DATABASE_URL": None})
    folder = offline.folder / "my shop"
    assert grants_of(folder) == [("SELECT, INSERT, UPDATE, DELETE", "TABLES", "my_shop_app"),
                                 ("USAGE", "SEQUENCES", "my_shop_app")]
    assert re.search("^name = my_shop$", (folder / "retort.ini").read_text(), flags=re.M)
    assert "SERVE_DATABASE_URL=postgresql://my_shop_app:" in (folder / ".env.example").read_text()


def test_init_only_proposes_grants_where_a_database_is_named(offline):
    offline.run("init", "shop", env={"DATABASE_URL": "postgresql://db.example.org/shop"})
    assert grants_of(offline.folder / "shop") == []
    text = (offline.folder / "shop" / "models" / "grants.sql").read_text()
    assert "CREATE ROLE shop_app LOGIN" in text
    assert "-- GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES" in text


def test_init_adds_nothing_to_models_that_are_there(offline):
    (offline.folder / "shop" / "models").mkdir(parents=True)
    offline.run("init", "shop")
    assert list((offline.folder / "shop" / "models").iterdir()) == []


def test_fresh_settings_are_read(offline):
    offline.run("init", "shop")
    ini = offline.folder / "shop" / "retort.ini"
    ini.write_text(re.sub(r"^#(\w+ =)", r"\1", ini.read_text(), flags=re.M))
    assert offline.run("--config", "shop/retort.ini", "history").out == ""
