"""A real Chromium without a window, driven over the pipe of its DevTools protocol.

    with Browser(folder) as browser:
        page = browser.open(url)
        page.click("#send"); page.type("#name", "x"); page.press("Tab")
        page.wait("document.title === 'x'")       # until it is true
        page.value("document.title")              # JSON values and strings
        page.requests, page.complaints            # every URL asked for; errors of console and page
        page.statuses                             # by URL
        page.screenshot(path)
"""
import base64
import fcntl
import json
import os
import selectors
import shutil
import subprocess
import time

PATIENCE = 30  # seconds for any one thing; a test that waits so long fails

KEYS = {"Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, ""), "Space": ("Space", 32, " "),
        "/": ("Slash", 191, "/"), "Escape": ("Escape", 27, "")}

# In the page: resolved as soon as the expression is true, looked at again whenever a frame is due.
WAIT = """new Promise((resolve) => {
  const look = () => { try { if (%s) return resolve(true); } catch (error) { } setTimeout(look, 10); };
  look();
})"""


class BrowserError(Exception):
    pass


class Browser:
    def __init__(self, folder):
        self.folder = folder
        self.number = 0
        self.pages = {}
        self.rest = b""

    def __enter__(self):
        program = shutil.which("chromium")
        read_end, self.out = os.pipe()
        self.into, write_end = os.pipe()

        def place():
            first, second = (fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (read_end, write_end))
            os.dup2(first, 3)
            os.dup2(second, 4)

        words = [program, "--headless=new", "--remote-debugging-pipe", "--no-first-run",
                 "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                 "--disable-component-update", "--hide-scrollbars",
                 f"--user-data-dir={self.folder}"]
        if os.geteuid() == 0:
            words.append("--no-sandbox")
        # Python's own descriptors close themselves; 3 and 4 are made in the child.
        self.process = subprocess.Popen(words, close_fds=False, preexec_fn=place,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(read_end)
        os.close(write_end)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.into, selectors.EVENT_READ)
        return self

    def __exit__(self, *_):
        os.close(self.out)  # the end of the pipe ends the browser
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.into)
        self.selector.close()

    def _read(self, until):
        while b"\0" not in self.rest:
            if not self.selector.select(max(0, until - time.monotonic())):
                raise BrowserError("the browser does not answer")
            piece = os.read(self.into, 65536)
            if piece == b"":
                raise BrowserError("the browser is gone")
            self.rest += piece
        line, _, self.rest = self.rest.partition(b"\0")
        return json.loads(line)

    def call(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while True:
            said = self._read(until)
            if said.get("id") == self.number:
                if "error" in said:
                    raise BrowserError(f"{method}: {said['error']['message']}")
                return said["result"]
            if "method" in said and said.get("sessionId") in self.pages:
                self.pages[said["sessionId"]].hear(said["method"], said["params"])

    def open(self, url, width=1280, height=900, dark=False):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height)
        page.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}])
        page.call("Page.navigate", url=url)
        page.wait("location.href !== 'about:blank' && document.readyState === 'complete'")
        return page


class Page:
    def __init__(self, browser, session):
        self.browser = browser
        self.session = session
        self.requests = []
        self.complaints = []
        self.statuses = {}

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def hear(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            # Chromium logs each status of 400 or more: a page may well ask for one.
            if "responded with a status of" not in params["entry"]["text"]:
                self.complaints.append(params["entry"]["text"])
        elif method == "Network.responseReceived":
            self.statuses[params["response"]["url"]] = params["response"]["status"]
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.complaints.append(json.dumps(params["args"]))

    def value(self, expression):
        said = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                         awaitPromise=True, userGesture=True)
        if "exceptionDetails" in said:
            raise BrowserError(json.dumps(said["exceptionDetails"])[:500])
        return said["result"].get("value")

    def wait(self, expression):
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self.value(WAIT % expression)
            except BrowserError as error:  # the page that was asked has gone for the next one
                if "context" not in str(error).lower() and "navigat" not in str(error).lower():
                    raise
                if time.monotonic() > until:
                    raise

    def click(self, selector):
        place = self.value(f"""(() => {{
            const found = document.querySelector({json.dumps(selector)});
            found.scrollIntoView({{block: "center"}});
            const box = found.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left",
                      clickCount=1)

    def type(self, selector, text):
        self.value(f"document.querySelector({json.dumps(selector)}).focus()")
        self.value("document.activeElement.select?.()")
        self.call("Input.insertText", text=text)

    def press(self, key, ctrl=False):
        code, number, text = KEYS[key]
        common = {"key": " " if key == "Space" else key, "code": code,
                  "windowsVirtualKeyCode": number, "modifiers": 2 if ctrl else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", text="" if ctrl else text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
