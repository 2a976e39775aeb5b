"""Fills a database with generated rows: odd values of every type, the same for the same seed.

CHECKs, keys and foreign keys hold afterwards, since a dump of rows that break them cannot be
restored. Triggers do not run (session_replication_role). A row that the server refuses is tried
again with other values; the literals of a CHECK are good guesses for its columns.
"""
import contextlib
import random
import re
from dataclasses import dataclass, field

import psycopg2

from support.types import Types, quoted

ATTEMPTS = 40
LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.])(-?\d+(?:\.\d+)?)")

TABLES = """
select c.oid, format('%I.%I', n.nspname, c.relname), c.relkind, c.relispartition,
       coalesce(pg_get_expr(c.relpartbound, c.oid), ''), coalesce(pg_get_partkeydef(p.inhparent), '')
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join pg_inherits p on p.inhrelid = c.oid and c.relispartition
 where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'retort')
   and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
 order by n.nspname collate "C", c.relname collate "C\""""
COLUMNS = """
select a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef,
       a.attidentity, a.attnum
  from pg_attribute a
 where a.attrelid = %s and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
 order by a.attnum"""
CONSTRAINTS = """
select c.conname, c.contype, pg_get_constraintdef(c.oid), c.conkey, c.confrelid, c.confkey
  from pg_constraint c where c.conrelid = %s and c.contype in ('c', 'f', 'p', 'u', 'x')
 order by c.contype, c.conname collate "C\""""
NAMES = "select attnum, attname from pg_attribute where attrelid = %s"


@dataclass
class Column:
    name: str
    type: object
    required: bool
    default: bool
    identity: str
    guesses: list = field(default_factory=list)  # expressions that a CHECK may like


@dataclass
class Reference:
    columns: list
    table: int  # oid
    keys: list


@dataclass
class Table:
    oid: int
    name: str
    kind: str
    columns: dict = field(default_factory=dict)
    constraints: dict = field(default_factory=dict)  # name: columns
    references: list = field(default_factory=list)


class Filler:
    """One database that is being filled."""

    def __init__(self, connection, seed):
        self.connection = connection
        self.seed = seed
        self.types = Types(connection)
        self.tables = {}
        self.keys = {}  # (table, columns): rows that may be referred to

    def rows(self, sql, parameters=None):
        return self.types.rows(sql, parameters)

    def execute(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.rowcount

    def load(self):
        for oid, name, kind, _, bound, key in self.rows(TABLES):
            self.tables[oid] = self.read(Table(oid, name, kind), bound, key)

    def read(self, table, bound, key):
        for name, oid, sql, required, default, identity, _ in self.rows(COLUMNS, (table.oid,)):
            kind = self.types.find(oid, sql)
            required = required or any("NOT NULL" in check for check in kind.checks)
            column = Column(name, kind, required, default, identity)
            self.guess(column, " ".join(kind.checks))
            if name in key:
                self.guess(column, bound)
            table.columns[name] = column
        names = dict(self.rows(NAMES, (table.oid,)))
        for name, kind, text, places, other, others in self.rows(CONSTRAINTS, (table.oid,)):
            columns = [names[place] for place in places or [] if place > 0]
            table.constraints[name] = columns
            if kind == "f":
                there = dict(self.rows(NAMES, (other,)))
                table.references.append(Reference(columns, other, [there[n] for n in others]))
            elif kind == "c":
                for column in filter(None, map(table.columns.get, columns)):
                    self.guess(column, text)
        return table

    def guess(self, column, text):
        for found in LITERAL.finditer(text):
            word = (found[1] or "").replace("''", "'") if found[2] is None else found[2]
            value = f"{quoted(word)}::{column.type.sql}"
            if value not in column.guesses and self.types.takes(value, column.type.sql):
                column.guesses.append(value)

    def order(self):
        """Those that others refer to first, where there is no circle."""
        done, out = set(), []

        def visit(oid):
            if oid in done or oid not in self.tables:
                return
            done.add(oid)
            for reference in self.tables[oid].references:
                visit(reference.table)
            out.append(self.tables[oid])

        for oid in self.tables:
            visit(oid)
        return out

    def choose(self, column, rng):
        """(nullable) An expression; NULL, "DEFAULT" and what a CHECK speaks of among them."""
        if column.identity or (column.default and rng.random() < 0.3):
            return "DEFAULT"
        if not column.required and rng.random() < 0.15:
            return "NULL"
        if column.guesses and rng.random() < 0.6:
            return rng.choice(column.guesses)
        return column.type.pick(rng) or ("DEFAULT" if column.default else "NULL")

    def referred(self, reference, rng):
        """Values of the key of a row that is there; None: there is none."""
        place = (reference.table, tuple(reference.keys))
        if not self.keys.get(place):
            table = self.tables.get(reference.table)
            if table is None:
                return None
            keys = ", ".join(f"quote_literal({ident(key)}::text)" for key in reference.keys)
            self.keys[place] = [row for row in self.rows(
                f"select {keys} from {table.name} order by 1 limit 200") if None not in row]
        return rng.choice(self.keys[place]) if self.keys[place] else None

    def refer(self, table, values, rng):
        for reference in table.references:
            optional = all(not table.columns[name].required for name in reference.columns
                           if name in table.columns)
            found = None if optional and rng.random() < 0.2 else self.referred(reference, rng)
            for turn, name in enumerate(reference.columns):
                if name not in table.columns:  # a generated one
                    continue
                if found is not None:
                    values[name] = f"({found[turn]})::{table.columns[name].type.sql}"
                elif optional:
                    values[name] = "NULL"
                elif reference.table == table.oid:
                    values[name] = values.get(reference.keys[turn], "NULL")

    def insert(self, table, rng):
        """Whether a row came in."""
        values = {name: self.choose(column, rng) for name, column in table.columns.items()}
        self.refer(table, values, rng)
        for _ in range(ATTEMPTS):
            names = ", ".join(map(ident, values))
            text = (f"insert into {table.name} ({names}) values ({', '.join(values.values())})"
                    if values else f"insert into {table.name} default values")
            try:
                self.execute(text)
                return True
            except psycopg2.Error as error:
                again = self.blamed(table, error.diag)
            for name in again:
                values[name] = self.choose(table.columns[name], rng)
            self.refer(table, values, rng)
        return False

    def blamed(self, table, diag):
        """The columns to choose anew."""
        names = table.constraints.get(diag.constraint_name) or [diag.column_name]
        return [name for name in names if name in table.columns] or list(table.columns)

    def fill(self, rows):
        for table in self.order():
            rng = random.Random(f"{self.seed} {table.name}")
            refused = 0
            for _ in range(rows):
                refused += not self.insert(table, rng)
                if refused == 3:
                    break
        self.remove_orphans()

    def remove_orphans(self):
        """Rows of circles of foreign keys whose other end did not come; and who refers to them."""
        removed = 1
        while removed:
            removed = sum(self.remove_orphans_of(table, reference)
                          for table in self.tables.values() for reference in table.references
                          if reference.table in self.tables)

    def remove_orphans_of(self, table, reference):
        other = self.tables[reference.table]
        there = " and ".join(f"x.{ident(key)} = t.{ident(name)}"
                             for name, key in zip(reference.columns, reference.keys))
        given = " and ".join(f"t.{ident(name)} is not null" for name in reference.columns)
        return self.execute(f"delete from {table.name} t where {given} and not exists"
                            f" (select from {other.name} x where {there})")

    def counts(self):
        return {table.name: self.rows(f"select count(*) from only {table.name}")[0][0]
                for table in self.tables.values() if table.kind == "r"}


def ident(name):
    return '"' + name.replace('"', '""') + '"'


def fill(database, seed=1, rows=12):
    """Inserts up to so many rows into each table; gives {table: rows}, partitions by themselves."""
    with contextlib.closing(database.connect()) as connection:
        filler = Filler(connection, seed)
        for setting in ("session_replication_role = replica", "synchronous_commit = off",
                        "client_min_messages = error", "xmloption = content"):
            filler.execute(f"set {setting}")
        filler.load()
        filler.fill(rows)
        return filler.counts()
