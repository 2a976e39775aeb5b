"""Requests made from an OpenAPI document, by Hypothesis, and answers judged by it."""
import base64
import datetime
import json
import socket
from pathlib import Path
from urllib.parse import quote

import jsonschema
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from support.load import Incomplete, split_answer

# What it keeps between runs.
set_hypothesis_home_dir(str(Path(__file__).resolve().parents[2] / "build" / "hypothesis"))

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
WORDS = st.sampled_from(["", "0", "1", "-1", "1e999", "9223372036854775808", "NaN", "null", "true",
                         "'", '"', "%", "%00", "%zz", "{}", "[]", "a b", "\u00fc", "2026-02-30",
                         "x" * 300, "2147483648", "1.5", "--", "$1", "{1,2}"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6)
DAYS = st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31))
TIMES = st.times()
OFFSETS = st.sampled_from(["Z", "+00:00", "+02:00", "-11:30"])
DURATIONS = st.builds(lambda days, seconds: f"P{days}DT{seconds}S", st.integers(0, 1000),
                      st.integers(0, 100000))
TAGS = st.sampled_from(['"2026-11-22T18:30:00Z"', '"x"', "*", 'W/"x"', '"a", "b"', '"%20"'])
FORMATS = {
    "uuid": st.uuids().map(str),
    "date": DAYS.map(str),
    "time-local": TIMES.map(str),
    "time": st.builds(lambda time, offset: f"{time}{offset}", TIMES, OFFSETS),
    "date-time-local": st.builds(lambda day, time: f"{day}T{time}", DAYS, TIMES),
    "date-time": st.builds(lambda day, time, offset: f"{day}T{time}{offset}", DAYS, TIMES, OFFSETS),
    "duration": DURATIONS,
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, min_value=-10**9,
                           max_value=10**9, places=4).map(str),
    "int64": st.integers(-2**63, 2**63 - 1).map(str),
}
OF_TYPE = {
    "null": st.none(),
    "boolean": st.booleans(),
    "number": st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(-99, 99),
}


class Operation:
    """One method of one path."""

    def __init__(self, document, path, method, content):
        self.document = document
        self.path = path
        self.method = method.upper()
        self.content = content
        self.parameters = [document.follow(one) for one in content.get("parameters", [])]

    def __str__(self):
        return f"{self.method} {self.path}"

    def within(self, place):
        return [one for one in self.parameters if one["in"] == place]

    def body_schema(self):
        """The schema of its JSON body; None if it takes none."""
        body = self.content.get("requestBody")
        return body and body["content"]["application/json"]["schema"]

    def judge(self, answer):
        """An answer to a request that is as described is one that is described."""
        responses = self.content["responses"]
        assert str(answer.status) in responses, f"{answer} is not described"
        described = self.document.follow(responses[str(answer.status)])
        if self.method == "HEAD" or "content" not in described:
            assert answer.body == b"", f"{answer} is described without content"
            return
        kind = answer.headers.get("content-type", "").partition(";")[0]
        assert kind in described["content"], f"{answer}: {kind} is not described"
        self.document.validate(answer.json(), described["content"][kind].get("schema", {}))


class Document:
    """An OpenAPI 3.1 document."""

    def __init__(self, content):
        self.content = content
        self.resolver = jsonschema.RefResolver("", content)
        self.operations = [
            Operation(self, path, method, operation)
            for path, methods in content["paths"].items()
            for method, operation in methods.items() if method in METHODS]

    def follow(self, value):
        """What a reference points to; else the value itself."""
        while "$ref" in value:
            found = self.content
            for step in value["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            value = found
        return value

    def validate(self, value, schema):
        """Not the formats: what PostgreSQL prints as a date may lie beyond the year 9999."""
        jsonschema.Draft202012Validator(schema, resolver=self.resolver).validate(value)

    def valid(self, schema):
        """Values that the schema allows, and that are of its formats."""
        schema = self.follow(schema)
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "anyOf" in schema:
            return st.one_of(*map(self.valid, schema["anyOf"]))
        if "type" not in schema:
            return JSON
        types = schema["type"]
        return st.one_of(*(self.valid_of(one, schema)
                           for one in (types if isinstance(types, list) else [types])))

    def valid_of(self, type_, schema):
        if type_ == "integer":
            return st.integers(schema.get("minimum", -2**31), schema.get("maximum", 2**31 - 1))
        if type_ == "string":
            return self.valid_text(schema)
        if type_ == "array":
            return st.lists(self.valid(schema["items"]), max_size=3)
        if type_ == "object":
            return self.valid_object(schema)
        return OF_TYPE[type_]

    @staticmethod
    def valid_text(schema):
        if schema.get("contentEncoding") == "base64":
            return st.binary(max_size=20).map(lambda data: base64.b64encode(data).decode())
        return FORMATS[schema["format"]] if "format" in schema else TEXT

    def valid_object(self, schema):
        fields = {name: self.valid(field) for name, field in schema.get("properties", {}).items()}
        required = set(schema.get("required", []))
        return st.fixed_dictionaries(
            {name: field for name, field in fields.items() if name in required},
            optional={name: field for name, field in fields.items() if name not in required})


def in_url(value):
    """A value as it stands in a path or a query."""
    return value if isinstance(value, str) else json.dumps(value)


def fill(path, values):
    for name, value in values.items():
        path = path.replace("{" + name + "}", quote(in_url(value), safe=""))
    return path


def with_query(path, pairs):
    query = "&".join(f"{quote(name, safe='')}={quote(in_url(value), safe='')}"
                     for name, value in pairs)
    return f"{path}?{query}" if query else path


@st.composite
def valid_requests(draw, operation):
    """(target, headers, body) as the document describes them."""
    document = operation.document
    path = {one["name"]: draw(document.valid(one["schema"])) for one in operation.within("path")}
    query = [(one["name"], draw(document.valid(one["schema"])))
             for one in operation.within("query")
             if one["name"] != "after" and (one["required"] or draw(st.booleans()))]
    headers = [(one["name"], draw(TAGS)) for one in operation.within("header")
               if one["required"] or draw(st.booleans())]
    body = b""
    schema = operation.body_schema()
    if schema is not None:
        headers.append(("Content-Type", "application/json"))
        body = json.dumps(draw(document.valid(schema)), ensure_ascii=draw(st.booleans())).encode()
    return with_query(fill(operation.path, path), query), headers, body


def spoiled_body(valid):
    """Bodies that are not as described, or not even JSON."""
    return st.one_of(
        JSON.map(lambda value: json.dumps(value).encode()), st.binary(max_size=40),
        st.tuples(valid, st.integers(0, 200)).map(
            lambda pair: json.dumps(pair[0]).encode()[:pair[1]]),
        st.tuples(valid, TEXT, JSON).map(
            lambda triple: json.dumps({**(triple[0] if isinstance(triple[0], dict) else {}),
                                       triple[1]: triple[2]}).encode()))


@st.composite
def any_requests(draw, operation):
    """(target, headers, body), each part as described or not."""
    document = operation.document
    junk = WORDS | TEXT
    path = {one["name"]: draw(document.valid(one["schema"]) | junk)
            for one in operation.within("path")}
    query = [(one["name"], draw(document.valid(one["schema"]) | junk))
             for one in operation.within("query") if draw(st.booleans())]
    query += draw(st.lists(st.tuples(junk, junk), max_size=2))
    headers = draw(st.lists(st.sampled_from([
        ("If-None-Match", "*"), ("If-None-Match", '"x"'), ("If-Match", '"x"'), ("If-Match", "*"),
        ("Accept", "text/html"), ("Accept-Encoding", "gzip, zstd;q=0"), ("Range", "bytes=0-1"),
        ("Authorization", "Bearer x.y.z"), ("Authorization", "Basic Og=="), ("X-API-Key", "no"),
        ("Origin", "http://elsewhere.example"), ("X-Request-Id", "a" * 300),
        ("traceparent", "00-0-0-0"), ("X-Forwarded-For", "1.2.3.4, x"), ("Expect", "something"),
    ]), max_size=3))
    body = b""
    if draw(st.booleans()):
        valid = document.valid(operation.body_schema() or {})
        body = draw(valid.map(lambda value: json.dumps(value).encode()) | spoiled_body(valid))
        headers.append(("Content-Type", draw(st.sampled_from(
            ["application/json", "application/json; charset=utf-8", "text/plain",
             "application/x-www-form-urlencoded", "application/problem+json", ""]))))
    return with_query(fill(operation.path, path), query), headers, body


class Answer:
    """What the server answered."""

    def __init__(self, said, status, headers, body):
        self.said = said
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        def refuse(pairs):
            assert len(dict(pairs)) == len(pairs), "a name comes twice"
            return dict(pairs)

        def no_number(word):
            raise ValueError(f"{word} is not JSON")

        return json.loads(self.body.decode(), object_pairs_hook=refuse, parse_constant=no_number)

    def __str__(self):
        return f"{self.said!r} got {self.status} {self.body[:300]!r}"


class Talk:
    """One connection that sends what it is told to, and is made again when it was closed."""

    def __init__(self, port):
        self.port = port
        self.socket = None

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def ask(self, method, target, headers=(), body=b""):
        lines = [f"{method} {target} HTTP/1.1", "Host: test",
                 *(f"{name}: {value}" for name, value in headers)]
        if body or method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {len(body)}")
        said = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        # It may answer and hang up before it has read everything.
        try:
            self.socket.sendall(said)
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            status, headers, body, rest = self.receive(method == "HEAD", said)
            assert not rest, f"{said!r}: more than one answer: {rest!r}"
        except BaseException:
            self.close()
            raise
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(said, status, headers, body)

    def receive(self, head_only, said):
        data = b""
        while True:
            try:
                return split_answer(data, head_only)
            except Incomplete:
                more = self.socket.recv(1 << 16)
                assert more, f"{said!r} was not answered: {data!r}"
                data += more
