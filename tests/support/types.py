"""Values of every type, as SQL expressions: the odd ones, and any number of random ones.

Expressions and not literals, so that arrays, composites and ranges are made of their parts by the
server itself. What it does not take (a domain's CHECK, a number too large for its column) is left
out when it is asked.
"""
import json
from dataclasses import dataclass, field

import psycopg2

TYPE = """
select t.typname, t.typtype, t.typcategory, t.typelem, t.typbasetype, t.typtypmod, t.typrelid,
       format_type(t.oid, null), coalesce(r.rngsubtype, 0),
       array(select enumlabel::text from pg_enum where enumtypid = t.oid order by enumsortorder),
       array(select format_type(a.atttypid, a.atttypmod) from pg_attribute a
              where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
              order by a.attnum),
       array(select pg_get_constraintdef(c.oid) from pg_constraint c where c.contypid = t.oid)
  from pg_type t left join pg_range r on r.rngtypid = t.oid
 where t.oid = %s"""

CONTROL = "".join(map(chr, range(1, 32))) + "\x7f"
ALL_BYTES = bytes(range(256)).hex()
DOCUMENT = json.dumps({"a": [1, 2.50, None, True], "b": {"c": "\\ \" \n é 🦀"}, "": {}})

# By the type's own name: what breaks careless tools first.
ODD = {
    "bool": ["t", "f"],
    "int2": ["0", "-1", "32767", "-32768"],
    "int4": ["0", "-1", "2147483647", "-2147483648"],
    "int8": ["0", "-1", "9223372036854775807", "-9223372036854775808"],
    "numeric": ["0", "-0.00", "1.50", "NaN", "Infinity", "-Infinity", "1e-30", "9" * 40 + ".1",
                "12.34", "-7"],
    "float4": ["0", "-0", "NaN", "Infinity", "-Infinity", "1e-45", "3.4028235e38", "0.1"],
    "float8": ["0", "-0", "NaN", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e308",
               "0.1", "0.30000000000000004"],
    "money": ["0", "-1.23", "92233720368547758.07"],
    "text": ["", " ", "NULL", "\\N", "\\.", "a\tb", "line\nbreak", "cr\r\nlf", "it's", "\\", "\"",
             "a;b -- $$ /* */", "é漢字🦀", "e\u0301", CONTROL, "\\\\.\n\\.\n", "long " * 1000, "{}"],
    "bytea": ["\\x", "\\x00", f"\\x{ALL_BYTES}", f"\\x{ALL_BYTES * 40}", "\\x5c4e", "\\x5c2e0a"],
    "char": ["", "x", "\\", "'"],
    "date": ["2020-02-29", "infinity", "-infinity", "0044-03-15 BC", "5874897-12-31", "1970-01-01"],
    "time": ["00:00", "24:00", "12:34:56.789012"],
    "timetz": ["00:00+00", "24:00-15:59", "12:34:56.789012+05:45"],
    "timestamp": ["2020-02-29 12:34:56.789012", "infinity", "-infinity", "4713-01-01 BC",
                  "294276-12-31 23:59:59.999999"],
    "timestamptz": ["2020-02-29 12:34:56.789012+05:45", "infinity", "-infinity", "1883-11-18+00",
                    "2026-03-29 02:30+01"],
    "interval": ["0", "1 mon -2 days 03:04:05.6", "-178000000 years", "-1 mon +1 day -0.000001 sec"],
    "point": ["(0,-0)", "(NaN,Infinity)", "(1.5,0.1)"],
    "line": ["{1,2,3}", "{0,-1,5}"],
    "lseg": ["[(1,2),(3,4)]"], "box": ["(3,4),(1,2)"], "path": ["[(1,2),(3,4)]", "((1,2),(3,4))"],
    "polygon": ["((1,2),(3,4),(5,0))"], "circle": ["<(1,2),3>", "<(0,0),0>"],
    "inet": ["0.0.0.0", "10.1.2.3/8", "::1/64", "::ffff:1.2.3.4"],
    "cidr": ["10.0.0.0/8", "::/0"],
    "macaddr": ["08:00:2b:01:02:03"], "macaddr8": ["08:00:2b:01:02:03:04:05"],
    "bit": ["0", "1", "1010101"], "varbit": ["", "101", "1" * 70],
    "uuid": ["00000000-0000-0000-0000-000000000000"],
    "xml": ["<a b=\"c\">d &amp; <e/></a>", "text"],
    "json": [DOCUMENT, "null", "{\"b\":  1, \"a\": 1.0, \"b\": 2}", "\"\\u0000\"", "[]", "{}"],
    "jsonb": [DOCUMENT, "null", "{\"b\":  1, \"a\": 1.0}", "[]", "{}", "1e400"],
    "jsonpath": ["$.a[*] ? (@ > 1)", "strict $"],
    "tsvector": ["", "a:1A 'it''s':2B,3 fat", "x"], "tsquery": ["", "a & !b <-> c:*A", "'it''s' | x"],
    "pg_lsn": ["0/0", "16/B374D848"], "pg_snapshot": ["10:20:10,14,15"],
    "txid_snapshot": ["10:20:10,14,15"], "oid": ["0", "4294967295"], "xid": ["5"], "cid": ["5"],
    "xid8": ["18446744073709551615"], "tid": ["(0,1)"], "name": ["", "x y"], "refcursor": ["", "c"],
    "int2vector": ["", "1 2"], "oidvector": ["", "1 2"], "aclitem": ["=r/postgres"],
    "regclass": ["pg_class", "-"], "regtype": ["int4", "-"], "regproc": ["now", "-"],
    "regprocedure": ["sum(int4)"], "regoper": ["||/"], "regoperator": ["+(int4,int4)"],
    "regrole": ["postgres"], "regnamespace": ["pg_catalog"], "regconfig": ["simple"],
    "regdictionary": ["simple"], "regcollation": ["\"C\""],
    # Of extensions.
    "hstore": ["", "a=>1, \"b \\\"c\"=>NULL", "\"\"=>\"\""], "citext": ["", "MiXed", "\\N"],
    "ltree": ["", "Top.Science_1.x"], "lquery": ["*.a|b{2,}"], "ltxtquery": ["a & b*"],
    "cube": ["(1,2),(3,4)", "(0)"], "seg": ["1.50 .. 2.5", "<3", "~0.1"], "query_int": ["1&!2"],
    "isbn": ["0-393-04002-X"], "isbn13": ["978-0-393-04002-9"], "issn": ["1436-4522"],
    "issn13": ["977-1436-452-00-8"], "ismn": ["M-060-11561-5"], "ismn13": ["979-0-060-11561-5"],
    "ean13": ["978-0-393-04002-9"], "upc": ["220356483481"], "lo": ["77"],
}
ODD["varchar"] = ODD["bpchar"] = ODD["text"]


def word(rng):
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789_ é漢"
    return "".join(rng.choice(letters) for _ in range(rng.randrange(1, 13)))


def whole(rng, bits):
    """Of any magnitude, mostly positive: as keys are, and as CHECKs like them."""
    number = rng.randrange(1, 1 << rng.randrange(2, bits))
    return str(-number if rng.random() < 0.1 else number)


def moment(rng):
    return (f"{rng.randrange(1990, 2030)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02} "
            f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.random() * 59:09.6f}")


RANDOM = {
    "int2": lambda rng: whole(rng, 15), "int4": lambda rng: whole(rng, 31),
    "int8": lambda rng: whole(rng, 63), "oid": lambda rng: str(abs(int(whole(rng, 31)))),
    "numeric": lambda rng: f"{whole(rng, 16)}.{rng.randrange(100):02}",
    "float4": lambda rng: repr(rng.random()), "float8": lambda rng: repr(rng.gauss(0, 1e6)),
    "money": lambda rng: f"{rng.randrange(10000)}.{rng.randrange(100):02}",
    "text": word, "varchar": word, "bpchar": word, "citext": word, "name": word,
    "bytea": lambda rng: "\\x" + rng.randbytes(rng.randrange(40)).hex(),
    "date": lambda rng: moment(rng)[:10], "time": lambda rng: moment(rng)[11:],
    "timestamp": moment, "timestamptz": lambda rng: moment(rng) + "+00",
    "interval": lambda rng: f"{rng.randrange(100)} days {rng.randrange(10**6)} microseconds",
    "uuid": lambda rng: rng.randbytes(16).hex(),
    "json": lambda rng: json.dumps({word(rng): rng.random()}),
    "jsonb": lambda rng: json.dumps({word(rng): rng.random()}),
    "point": lambda rng: f"({rng.random()},{rng.random()})",
    "inet": lambda rng: ".".join(str(byte) for byte in rng.randbytes(4)),
    "hstore": lambda rng: f"k{rng.randrange(100)}=>{rng.random()}",
    "tsvector": lambda rng: f"w{rng.randrange(1000)}:{rng.randrange(1, 99)}",
    "varbit": lambda rng: format(rng.randrange(1 << 40), "b"),
}


def quoted(text):
    if "\\" in text:
        return " E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + text.replace("'", "''") + "'"


@dataclass
class Type:
    """A type as it can be written, with expressions that the server takes for it."""

    sql: str
    odd: list
    name: str = ""
    element: object = None  # of an array
    base: object = None  # of a domain
    checks: list = field(default_factory=list)

    def random(self, rng):
        """(nullable) An expression that is hardly ever the same twice."""
        if self.name in RANDOM:
            return f"{quoted(RANDOM[self.name](rng))}::{self.sql}"
        if self.base is not None:
            value = self.base.random(rng)
            return value and f"({value})::{self.sql}"
        return None

    def pick(self, rng):
        """(nullable) One of both."""
        value = self.random(rng) if not self.odd or rng.random() < 0.4 else None
        return value or (rng.choice(self.odd) if self.odd else None)


class Types:
    """The types of a database, looked up once each."""

    def __init__(self, connection):
        self.connection = connection  # autocommit
        self.known = {}

    def rows(self, sql, parameters=None):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def takes(self, expression, sql):
        """Also as text and back, as it is dumped: '294276-12-31 23:59:59.9'::timestamp(0) is not."""
        try:
            self.rows(f"select ((x::text)::{sql})::text from (select {expression}) as t (x)")
            return True
        except psycopg2.Error:
            return False

    def find(self, oid, sql):
        """@sql: as format_type() writes it, with its modifier."""
        if (oid, sql) not in self.known:
            self.known[oid, sql] = Type(sql, [])  # what contains itself ends here
            self.known[oid, sql] = self.make(oid, sql)
        return self.known[oid, sql]

    def by_name(self, sql):
        oid = self.rows("select %s::regtype::oid", (sql,))[0][0]
        return self.find(oid, sql)

    def make(self, oid, sql):
        (name, kind, category, element, base, modifier, _, plain, subtype, labels, fields,
         checks) = self.rows(TYPE, (oid,))[0]
        found = Type(sql, [], name, checks=checks)
        if kind == "e":
            odd = [f"{quoted(label)}::{sql}" for label in labels]
        elif kind == "d":
            found.base = self.by_oid(base, modifier)
            odd = [f"({value})::{sql}" for value in found.base.odd]
        elif kind == "c":
            odd = self.composites(sql, fields)
        elif kind in "rm":
            odd = self.ranges(sql, plain, self.by_oid(subtype, -1) if kind == "r" else None, oid)
        elif category == "A":
            found.element = self.by_oid(element, -1)
            odd = self.arrays(sql, found.element)
        else:
            odd = [f"{quoted(text)}::{sql}" for text in ODD.get(name, [])]
        found.odd = [value for value in odd if self.takes(value, sql)]
        return found

    def by_oid(self, oid, modifier):
        return self.find(oid, self.rows("select format_type(%s, %s)", (oid, modifier))[0][0])

    def composites(self, sql, fields):
        parts = [self.by_name(one).odd or ["NULL"] for one in fields]
        rows = [[part[turn % len(part)] for part in parts] for turn in range(6)]
        rows.append(["NULL"] * len(parts))
        return [f"ROW({', '.join(row)})::{sql}" for row in rows]

    def arrays(self, sql, element):
        odd = element.odd
        if not odd:
            return [f"'{{}}'::{sql}"]
        one, other = odd[0], odd[-1]
        return [f"'{{}}'::{sql}", f"ARRAY[{', '.join(odd)}, NULL]::{sql}",
                f"ARRAY[[{one}, NULL], [{other}, {one}]]::{sql}",
                f"array_fill({other}, ARRAY[2], ARRAY[-1])::{sql}", f"ARRAY[{one}]::{sql}"]

    def ranges(self, sql, plain, subtype, oid):
        if subtype is None:  # a multirange
            inner = self.rows("select rngtypid, format_type(rngtypid, null) from pg_range"
                              " where rngmultitypid = %s", (oid,))[0]
            odd = self.find(*inner).odd
            return [f"{plain}({value})" for value in odd] + [f"'{{}}'::{sql}"]
        ends = subtype.odd
        return ([f"'empty'::{sql}", f"{plain}(NULL, NULL)"]
                + [f"{plain}({value}, {value}, '[]')" for value in ends]
                + [f"{plain}({value}, NULL)" for value in ends]
                + [f"{plain}({one}, {two}, '(]')" for one, two in zip(ends, ends[1:])])
