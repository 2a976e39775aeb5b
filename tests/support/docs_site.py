"""The files of the documentation page, and what it asks for, from a server of the test's own.

    with DocsSite(document) as site:
        site.url        "http://127.0.0.1:PORT/docs"
        site.asked      [(method, path with query, headers, body)]: requests beside the page's own
        site.answers    {("GET", "/items/7"): (status, headers, body)}

The policy is the one of src/serve/docs_page.h. A test that wants the real server instead needs only
something with the same `url`.
"""
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FILES = {"/docs": ("page.html", "text/html; charset=utf-8"),
         "/docs/page.js": ("page.js", "text/javascript; charset=utf-8"),
         "/docs/page.css": ("page.css", "text/css; charset=utf-8")}


def policy():
    text = (TOP / "src/serve/docs_page.h").read_text()
    lines = re.search(r"#define DOCS_PAGE_POLICY(.*?)\n\n", text, re.DOTALL).group(1)
    return "".join(re.findall(r'"([^"]*)"', lines))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        site = self.server.site
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        path = self.path.partition("?")[0]
        if path in FILES:
            name, kind = FILES[path]
            headers = {"Content-Type": kind, "Content-Security-Policy": policy(),
                       "X-Content-Type-Options": "nosniff"}
            self.answer(200, headers, (TOP / "src/serve/docs" / name).read_bytes())
        elif path == "/openapi.json":
            self.answer(200, {"Content-Type": "application/json"}, site.document.encode())
        else:
            site.asked.append((self.command, self.path, dict(self.headers), body))
            status, headers, text = site.answers.get(
                (self.command, self.path), (404, {"Content-Type": "application/problem+json"},
                                            '{"title":"Not Found","status":404}'))
            self.answer(status, headers, text.encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any


class DocsSite:
    def __init__(self, document):
        self.document = document
        self.asked = []
        self.answers = {}

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.site = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/docs"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
