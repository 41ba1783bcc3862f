"""Drives the system's Chromium over the DevTools protocol, through a pipe and nothing but the standard library."""

import base64
import fcntl
import itertools
import json
import os
import pathlib
import queue
import shutil
import subprocess
import threading
import time

SECONDS = 60  # for any one answer, on a machine that has other things to do
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--mute-audio", "--no-first-run",
    "--no-default-browser-check", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-features=Translate,OptimizationHints,MediaRouter", "--force-color-profile=srgb",
    "--autoplay-policy=no-user-gesture-required", "--hide-scrollbars", "--remote-debugging-pipe",
]


class BrowserError(Exception):
    """What the browser did not do."""


class Chromium:
    """One browser process with a profile of its own."""

    def __init__(self, folder):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not program:
            raise BrowserError("there is no chromium on the PATH")
        # Chromium reads commands from descriptor 3 and writes to 4; copies above 10 keep the shell from mixing them up.
        (their_input, self.output), (self.input, their_output) = os.pipe(), os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (their_input, their_output)]
        os.close(their_input)
        os.close(their_output)
        profile = pathlib.Path(folder) / "profile"
        self.log = open(pathlib.Path(folder) / "chromium.log", "wb")
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{ends[0]} 4>&{ends[1]}', "browser", program, *FLAGS, f"--user-data-dir={profile}"],
            pass_fds=ends, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        for end in ends:
            os.close(end)
        self.numbers = itertools.count(1)
        self.answers, self.pages = {}, {}
        self.lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        while chunk := os.read(self.input, 1 << 20):
            *messages, rest = (rest + chunk).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    with self.lock:
                        answer = self.answers.pop(message["id"], None)
                    if answer:
                        answer.put(message)
                elif page := self.pages.get(message.get("sessionId")):
                    page.note(message["method"], message["params"])

    def send(self, method, session=None, seconds=SECONDS, **params):
        number, answer = next(self.numbers), queue.Queue()
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        with self.lock:
            self.answers[number] = answer
            data = json.dumps(message).encode() + b"\0"
            while data:
                data = data[os.write(self.output, data):]
        try:
            reply = answer.get(timeout=seconds)
        except queue.Empty:
            raise BrowserError(f"{method} got no answer within {seconds} s") from None
        if "error" in reply:
            raise BrowserError(f"{method}: {reply['error']['message']}")
        return reply["result"]

    def person(self, languages="es-CO,es"):
        """A page in a context of its own: nothing is shared with other people."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            page.send(f"{domain}.enable")
        agent = self.send("Browser.getVersion")["userAgent"].replace("Headless", "")
        page.send("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=languages)
        return page

    def stop(self):
        try:
            self.send("Browser.close", seconds=5)
            self.process.wait(timeout=10)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.log.close()


class Page:
    """One tab, and everything it complained about or asked for."""

    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        self.complaints, self.requests = [], []

    def note(self, method, params):
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(value.get("value", value.get("description"))) for value in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            request = params["request"]
            self.requests.append((request["method"], request["url"]))

    def send(self, method, seconds=SECONDS, **params):
        return self.browser.send(method, self.session, seconds, **params)

    def run(self, script, seconds=SECONDS):
        """The value of an expression; promises are awaited."""
        reply = self.send(
            "Runtime.evaluate", seconds, expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in reply:
            details = reply["exceptionDetails"]
            raise BrowserError(f"{script[:120]}: {details.get('exception', {}).get('description', details['text'])}")
        return reply["result"].get("value")

    def wait(self, condition, seconds=SECONDS):
        """Until an expression holds; answers its value."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if value := self.run(f"(value => value instanceof Node || value)({condition})"):
                    return value
            except BrowserError as error:  # the page is being replaced
                if time.monotonic() > deadline:
                    raise error
            if time.monotonic() > deadline:
                raise BrowserError(f"never came true: {condition}\n{self.text()[:2000]}\n{self.complaints[-5:]}")
            time.sleep(0.04)

    def text(self):
        return self.run("document.body ? document.body.innerText : ''")

    def go(self, url):
        self.send("Page.navigate", url=url)
        self.wait(f"location.href === {json.dumps(url)} && document.querySelector('main h1')"
                  " && !document.querySelector('main').ariaBusy")

    def place(self, selector):
        """The middle of an element, once it is there and the page stands still."""
        self.wait(f"document.querySelector({json.dumps(selector)})")
        return self.run(f"""(async () => {{
          const node = document.querySelector({json.dumps(selector)});
          node.scrollIntoView({{ block: "center", behavior: "instant" }});
          await new Promise(requestAnimationFrame);
          const box = node.getBoundingClientRect();
          return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")

    def click(self, selector):
        x, y = self.place(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, selector, text):
        self.click(selector)
        self.run(f"document.querySelector({json.dumps(selector)}).select()")
        self.send("Input.insertText", text=text)

    def press(self, key, code=0):
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      **({"text": "\r"} if key == "Enter" and kind == "keyDown" else {}))

    def choose_file(self, selector, path):
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def window(self, width, height=800, scheme="light", still=True):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
                  screenWidth=width, screenHeight=height)
        self.send("Emulation.setTouchEmulationEnabled", enabled=width < 600)
        self.send("Emulation.setEmulatedMedia", media="", features=[
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}])

    def picture(self, path):
        shot = self.send("Page.captureScreenshot", format="png")
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))
