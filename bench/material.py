"""What the benchmarks run on: SQL of many tables, many revisions, and Alembic's side of both."""
import subprocess
from pathlib import Path

COLUMNS = [
    ("id", "bigint NOT NULL", "sa.BigInteger", "False"),
    ("parent_id", "bigint", "sa.BigInteger", "True"),
    ("code", "character varying(40) NOT NULL", "sa.String(40)", "False"),
    ("name", "text NOT NULL", "sa.Text", "False"),
    ("note", "text", "sa.Text", "True"),
    ("amount", "numeric(12,2) DEFAULT 0 NOT NULL", "sa.Numeric(12, 2)", "False"),
    ("quantity", "integer", "sa.Integer", "True"),
    ("active", "boolean DEFAULT true NOT NULL", "sa.Boolean", "False"),
    ("created", "timestamp with time zone DEFAULT now() NOT NULL", "sa.DateTime(timezone=True)",
     "False"),
    ("day", "date", "sa.Date", "True"),
    ("data", "jsonb", "JSONB", "True"),
    ("ratio", "double precision", "sa.Float(53)", "True"),
]

ENVIRONMENT = '''\
from logging.config import fileConfig
from sqlalchemy import engine_from_config, pool
from alembic import context

config = context.config
fileConfig(config.config_file_name)
try:
    from models import metadata as target_metadata
except ImportError:
    target_metadata = None

def run_migrations_online():
    connectable = engine_from_config(
        config.get_section(config.config_ini_section), prefix="sqlalchemy.",
        poolclass=pool.NullPool)
    with connectable.connect() as connection:
        context.configure(
            connection=connection, target_metadata=target_metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()

run_migrations_online()
'''

MODELS = '''\
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()
for number in range({count}):
    name = f"item_{{number:05d}}"
    parent = f"item_{{number // 2:05d}}"
    sa.Table(
        name, metadata,
{columns}
        sa.PrimaryKeyConstraint("id", name=f"{{name}}_pkey"),
        sa.ForeignKeyConstraint(["parent_id"], [f"{{parent}}.id"], name=f"{{name}}_parent_id_fkey"),
        sa.Index(f"{{name}}_code_idx", "code"),
        sa.Index(f"{{name}}_day_name_idx", "day", "name"),
    )
'''

REVISION = '''\
"""small change {number}

Revision ID: {id}
Revises: {parent}
Create Date: 2026-01-01 00:00:00

"""
from alembic import op

revision = {id!r}
down_revision = {parent!r}
branch_labels = None
depends_on = None


def upgrade():
    op.execute("""{up}""")


def downgrade():
    op.execute("""{down}""")
'''


def tables_sql(count):
    """count tables of 12 columns, with a primary key, 2 indexes and a foreign key each."""
    out = []
    for number in range(count):
        name, parent = f"item_{number:05d}", f"item_{number // 2:05d}"
        columns = ",\n".join(f"    {column} {kind}" for column, kind, _, _ in COLUMNS)
        out.append(
            f"CREATE TABLE {name} (\n{columns},\n"
            f"    CONSTRAINT {name}_pkey PRIMARY KEY (id),\n"
            f"    CONSTRAINT {name}_parent_id_fkey"
            f" FOREIGN KEY (parent_id) REFERENCES {parent} (id)\n"
            f");\n\n"
            f"CREATE INDEX {name}_code_idx ON {name} (code);\n"
            f"CREATE INDEX {name}_day_name_idx ON {name} (day, name);\n\n")
    return "".join(out)


def small_change(number):
    """(up, down) as applications grow: a new table now and then, mostly a new column."""
    table, column = f"thing_{number // 20}", f"note_{number % 20}"
    if number % 20 == 0:
        return (f"CREATE TABLE {table} (id bigint PRIMARY KEY, name text NOT NULL)",
                f"DROP TABLE {table}")
    return (f"ALTER TABLE {table} ADD COLUMN {column} integer",
            f"ALTER TABLE {table} DROP COLUMN {column}")


def small_revisions(count):
    """(id, parent, up, down) of count revisions in a line."""
    parent = None
    for number in range(count):
        revision = f"{number * 2654435761 % (1 << 48):012x}"
        yield revision, parent, *small_change(number)
        parent = revision


def write_revisions(project, count):
    """Retort's revisions."""
    for number, (revision, parent, up, down) in enumerate(small_revisions(count)):
        (project.migrations / f"{number:05d}-{revision}.sql").write_text(
            f"-- small change {number}\n--\n"
            f"-- revision: {revision}\n-- revises: {parent or 'none'}\n"
            f"-- created: 2026-01-01 00:00:00 UTC\n\n"
            f"-- upgrade\n\n{up};\n\n-- downgrade\n\n{down};\n")


def alembic_project(folder, url, alembic="alembic"):
    """An Alembic project as `alembic init` makes it, with a URL and our env.py."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    subprocess.run([alembic, "init", "migrations"], cwd=folder, check=True, capture_output=True)
    point_alembic(folder, url)
    (folder / "migrations" / "env.py").write_text(ENVIRONMENT)
    return folder


def point_alembic(folder, url):
    """Writes the URL into alembic.ini."""
    ini = Path(folder) / "alembic.ini"
    lines = [
        f"sqlalchemy.url = {url.replace('%', '%%')}" if line.startswith("sqlalchemy.url") else line
        for line in ini.read_text().splitlines()
    ]
    ini.write_text("\n".join(lines) + "\n")


def write_alembic_revisions(folder, count):
    versions = Path(folder) / "migrations" / "versions"
    for number, (revision, parent, up, down) in enumerate(small_revisions(count)):
        text = REVISION.format(id=revision, parent=parent, number=number, up=up, down=down)
        (versions / f"{revision}_small_change_{number}.py").write_text(text)


def write_alembic_models(folder, count):
    columns = "\n".join(
        f"        sa.Column({name!r}, {kind}, nullable={nullable}),"
        for name, _, kind, nullable in COLUMNS)
    (Path(folder) / "models.py").write_text(MODELS.format(count=count, columns=columns))


def transactions_sql(count):
    """The small revisions for psql, one transaction each."""
    return "".join(f"BEGIN;\n{up};\nCOMMIT;\n" for _, _, up, _ in small_revisions(count))
