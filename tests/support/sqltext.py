"""Just enough of PostgreSQL's lexical rules to cut SQL text into statements.

Written apart from the program under test, so that one fault cannot hide in both.
"""
import re

TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<meta>(?m:^)\\[^\n]*)
    | (?P<escape>[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
    | (?P<quoted>(?:[uU]&)?"(?:[^"]|"")*")
    | (?P<dollar>\$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?)\$)
    | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
    | (?P<number>\d+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
BLOCK_EDGE = re.compile(r"/\*|\*/")


def end_of_block_comment(text, start):
    """Behind a comment that begins at start; such comments nest."""
    depth = 0
    for edge in BLOCK_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def tokens(text):
    """(kind, start, end) of each token; comments and white space included."""
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        kind, end = found.lastgroup, found.end()
        if kind == "tag" or found.group("dollar"):
            kind = "string"
            close = text.find(found.group("dollar"), end)
            end = len(text) if close < 0 else close + len(found.group("dollar"))
        elif kind == "block":
            kind, end = "comment", end_of_block_comment(text, at)
        elif kind == "escape":
            kind = "string"
        yield kind, at, end
        at = end


def body_depth(last, word, depth):
    """How deep a BEGIN ATOMIC body is open once word is read behind the word last."""
    if depth == 0:
        return 1 if word == "atomic" and last == "begin" else 0
    if word in ("begin", "case"):
        return depth + 1
    return depth - 1 if word == "end" else depth


def statements(text):
    """The statements of a script, trimmed, without the semicolons and leading comments.

    Comments between statements and psql's own lines (\\restrict …) are left out.
    """
    found = []
    start = end_of_last = None
    last = None
    parentheses = body = 0
    for kind, begin, end in tokens(text):
        if kind in ("space", "comment", "meta"):
            continue
        piece = text[begin:end]
        if kind == "other" and piece == ";" and parentheses == 0 and body == 0:
            if start is not None:
                found.append(text[start:end_of_last])
            start = last = None
            continue
        if start is None:
            start = begin
        end_of_last = end
        if kind == "other":
            parentheses += (piece == "(") - (piece == ")")
        elif kind == "word":
            word = piece.lower()
            body = body_depth(last, word, body)
            last = word
    if start is not None:
        found.append(text[start:end_of_last])
    return found


def split_list(text):
    """The parts of text between commas that stand in no parentheses or brackets."""
    parts, depth, start = [], 0, 0
    for kind, begin, end in tokens(text):
        if kind != "other":
            continue
        piece = text[begin:end]
        depth += (piece in "([") - (piece in ")]")
        if piece == "," and depth == 0:
            parts.append(text[start:begin].strip())
            start = end
    parts.append(text[start:].strip())
    return parts
