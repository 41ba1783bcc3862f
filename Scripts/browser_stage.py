"""What the browser tests share: a browser, people with accounts, clips, checks of whole pages with their pictures."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.parse

from anb_client import ApiError, Client
from chromium import BrowserError, Chromium

HERE = pathlib.Path(__file__).parent
CHECKS = (HERE / "browser-checks.js").read_text()
PASSWORD = "Tres canastas y un aro 9"
LOOKS = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]


class Stage:
    """One browser before one server; findings instead of exceptions where a test can go on."""

    def __init__(self, url, folder, artefacts):
        self.url, self.folder, self.artefacts = url, folder, artefacts
        self.api = Client(urllib.parse.urlsplit(url).port)
        self.findings, self.people = [], []
        self.provoked = ["ERR_INTERNET_DISCONNECTED", "/api/auth/signup"]  # complaints of the console that a test asked for
        self.browser = Chromium(folder)
        self.started = time.monotonic()

    def check(self, condition, what):
        if not condition:
            self.findings.append(what)
            print(f"FINDING: {what}", flush=True)

    def done(self, what):
        print(f"{time.monotonic() - self.started:6.1f} s  {what}", flush=True)

    def person(self, languages="es-CO,es"):
        page = self.browser.person(languages)
        page.window(1280)
        self.people.append(page)
        return page

    # MARK: People

    def sign_up(self, page, first, city, through="/"):
        page.go(f"{self.url}{through}")
        if through == "/":
            self.check(page.run("document.documentElement.lang") == "es", "a Spanish browser gets Spanish")
            page.click("#log-in")
        else:
            page.click(".vote")  # a link that somebody shared: voting leads through the account and back
        page.wait("location.pathname === '/login'")
        page.click("main a[href^='/signup']")
        page.wait("document.querySelector('[name=password2]')")
        page.person = {"first_name": first, "last_name": "Torres", "email": f"{first}.{os.getpid()}@example.com".lower()}
        weak = {"city": city, "password1": "short", "password2": "short"}
        for name, text in {**page.person, **weak, "email": "ana"}.items():
            page.type(f"main [name={name}]", text)
        page.click("main form button")
        words = "No es un correo" if through == "/" else "It is not an e-mail address"
        page.wait(f"document.querySelector('.problem')?.textContent.startsWith({json.dumps(words)})")
        self.check(page.run("document.activeElement.name === 'email' && document.activeElement.ariaInvalid") == "true",
                   "an e-mail that is none gets the focus, and is marked")
        page.type("main [name=email]", page.person["email"])
        page.click("main form button")
        page.wait("document.querySelector('[name=password1]').ariaInvalid === 'true'")
        self.check(page.run("document.activeElement.name") == "password1", "a weak password gets the focus")
        for name in ("password1", "password2"):
            page.type(f"[name={name}]", "Password123")
        page.click("main form button")  # our rules let it pass; the server knows that it is a common one
        words = "Esta contraseña es fácil de adivinar." if through == "/" else "This password is easy to guess."
        page.wait(f"document.querySelector('.problem')?.textContent.startsWith({json.dumps(words)})")
        self.check(page.run("document.activeElement.name") == "password1", "a common password gets the focus")
        page.type("[name=password1]", PASSWORD)
        page.type("[name=password2]", PASSWORD)
        page.press("Enter", 13)
        page.wait(f"location.pathname === {json.dumps(through)} && !document.querySelector('#log-out').hidden")

    def log_in(self, page, email, path):
        """Through the page that asks for it on the way to `path`."""
        page.wait("location.pathname === '/login' && document.querySelector('main [name=password]')")
        page.type("main [name=email]", email)
        page.type("main [name=password]", PASSWORD)
        page.click("main form button")
        page.wait(f"location.pathname === {json.dumps(path)} && !document.querySelector('main').ariaBusy")

    def log_out(self, page):
        page.click("#log-out")
        page.wait("location.pathname === '/' && document.querySelector('#log-out').hidden && !document.querySelector('main').ariaBusy")

    def states_by_asking(self, page, video):
        """Against a server without events the page asks; here it is made to believe that there are none."""
        return page.run(f"""Promise.all(["api", "progress"].map(name =>
            import(document.querySelector("script[type=module]").src.replace("app.js", `${{name}}.js`))))
          .then(async ([{{ rules }}, {{ follow }}]) => {{
            const states = [];
            rules.has_events = false;
            await follow({{ videoID: "{video}" }}, state => states.push(state), AbortSignal.timeout(20000));
            rules.has_events = true;
            return states;
          }})""")

    # MARK: Looking

    def capture(self, page, name, looks):
        for width, scheme in looks:
            page.window(width, 740 if width < 600 else 800, scheme)
            page.run("Promise.all([...document.images].filter(image => image.loading !== 'lazy').map(image => image.decode().catch(() => {})))")
            for finding in page.run(CHECKS):
                self.check(False, f"{name} at {width} px, {scheme}: {finding}")
            # The window grows with the page, so that what sticks to its edges stays there.
            page.window(width, page.run("document.documentElement.scrollHeight"), scheme)
            page.run("window.scrollTo(0, 0)")
            page.picture(self.artefacts / f"{name}-{width}-{scheme}.png")
        page.window(1280)

    def judge_logs(self):
        for page in self.people:
            for complaint in page.complaints:
                self.check(any(words in complaint for words in self.provoked), f"console: {complaint}")
            outside = [url for _, url in page.requests if not url.startswith((self.url, "blob:" + self.url, "about:", "data:"))]
            self.check(outside == [], f"requests to others: {outside[:5]}")
            self.check(len(page.requests) > 5, "the browser was watched")

    # MARK: Aids

    def throttle(self, page, bytes_per_second, offline=False):
        page.send("Network.emulateNetworkConditions", offline=offline, latency=0, downloadThroughput=-1, uploadThroughput=bytes_per_second)

    def clip(self, name="clip.mp4", seconds=6, size="1280x720"):
        path = self.folder / name
        subprocess.run(
            ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=30:d={seconds}",
             "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "6M", "-pix_fmt", "yuv420p", str(path)], check=True)
        return path


def main(test_class, documentation, options=()):
    """Runs a test class against the server of the command line; `options` are names of further arguments."""
    parser = argparse.ArgumentParser(description=documentation.splitlines()[0])
    parser.add_argument("url", help="a server with an empty database, for example http://127.0.0.1:8000")
    parser.add_argument("--artefacts", help="where pictures are kept; a temporary folder unless given")
    for option in options:
        parser.add_argument(f"--{option}", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anb-browser-") as folder:
        artefacts = pathlib.Path(arguments.artefacts or os.environ.get("ANB_ARTEFACTS") or tempfile.mkdtemp(prefix="anb-pictures-"))
        artefacts.mkdir(parents=True, exist_ok=True)
        test = test_class(arguments.url.rstrip("/"), pathlib.Path(folder), artefacts)
        test.options = arguments
        try:
            test.play()
            test.judge_logs()
        except (BrowserError, ApiError, AssertionError, OSError) as error:
            test.check(False, f"{type(error).__name__}: {error}")
            for number, page in enumerate(test.people):
                page.picture(artefacts / f"stopped-{number}.png")
        finally:
            test.browser.stop()
        print(f"{len(test.findings)} findings; pictures in {artefacts}")
        sys.exit(1 if test.findings else 0)
