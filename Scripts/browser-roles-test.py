#!/usr/bin/env python3
"""What moderators, admins and their players see of the web page, in a real browser.

usage: browser-roles-test.py URL --anb-api PROGRAM --data FOLDER [--artefacts FOLDER]

The server has an empty SQLite database in FOLDER and MODERATION=true; PROGRAM grants the roles, as an operator does. Ends with
code 1 and a line for each finding.
"""

import json
import os
import sqlite3
import subprocess
import time

from anb_client import ApiError
from browser_stage import LOOKS, PASSWORD, Stage, main

GOOD, BAD, BROKEN = "Bandeja a dos manos", "Con <i>marca</i> de agua", "Se quedó a medias"
REASON = "Se ve una marca en la esquina: córtala y vuelve."
NEW_PASSWORD = "Cuatro rebotes y un tablero 7"
ENTRIES = "document.querySelectorAll('.mine-entry').length"


class Test(Stage):
    def play(self):
        # Refusals that the page shows to people are errors to the console.
        self.provoked += ["/api/auth/me/password", "/api/auth/login", "/api/moderation/videos"]
        player = self.uploads()
        self.done("three videos wait")
        moderator = self.moderator()
        self.sees_no_more_than_a_player(moderator)
        self.grant(moderator, "moderator")
        self.opens_the_queue(moderator)
        self.rejects_by_keyboard(moderator)
        self.publishes(moderator)
        self.done("one rejected, one published; the gallery followed")
        page = self.reads_reasons(player)
        self.sees_no_more_than_a_player(page)
        self.done("the player reads why")
        self.changes_password(page, player)
        self.done("another password, other sessions ended")
        self.reads_status(moderator)
        self.done("an admin reads the status")

    # MARK: The player's side

    def uploads(self):
        """Two videos for the moderator, and one that failed: what fails in earnest is told apart by tests of the pipeline."""
        person = {"first_name": "Ana", "last_name": "Torres", "email": f"ana.{os.getpid()}@example.com", "city": "Bogotá",
                  "country": "Colombia", "password1": PASSWORD, "password2": PASSWORD}
        self.api.call("POST", "/api/auth/signup", person, expect=201)
        self.api.token = self.api.call("POST", "/api/auth/login", {"email": person["email"], "password": PASSWORD})["access_token"]
        clip = self.clip(seconds=1.5, size="320x180")
        self.ids = ids = {}
        for title in (BAD, GOOD, BROKEN):
            accepted = self.api.upload(clip, title)
            ids[title] = accepted["video_id"]
            self.until(lambda: self.api.call("GET", f"/api/tasks/{accepted['task_id']}")["status"] == "pending_review", "made")
        with sqlite3.connect(f"{self.options.data}/anb.sqlite", timeout=20) as database:
            database.execute(
                "UPDATE videos SET status = 'failed', failure_code = 'file_damaged', failure_reason = 'Its end is missing.' WHERE id = ?",
                (ids[BROKEN],))
        return person

    def reads_reasons(self, player):
        page = self.person()
        page.go(f"{self.url}/login?next=/mine")
        page.type("[name=email]", player["email"])
        page.type("[name=password]", PASSWORD)
        page.click("main form button")
        page.wait(f"location.pathname === '/mine' && {ENTRIES} === 3 && document.querySelectorAll('.reason').length === 2")
        reasons = "Object.fromEntries([...document.querySelectorAll('.mine-entry')].map(node => [node.querySelector('h2').textContent, node.querySelector('.reason span')?.textContent ?? '']))"
        wanted = {GOOD: "", BAD: REASON, BROKEN: "El archivo está dañado o incompleto. Súbelo de nuevo o prueba con otro."}
        self.check(page.run(reasons) == wanted, f"reasons in Spanish: {page.run(reasons)}")
        self.capture(page, "mine-reasons", LOOKS)
        page.click("[data-language=en]")
        wanted[BROKEN] = "The file is damaged or incomplete. Upload it again, or try another one."
        self.check(page.run(reasons) == wanted, f"reasons in English: {page.run(reasons)}")
        self.check(page.run("[...document.querySelectorAll('.mine-entry .chip')].map(node => node.textContent).sort().join()")
                   == "Failed,Published,Rejected", "states in English")
        page.click("[data-language=es]")
        states = self.states_by_asking(page, self.ids[BAD])
        self.check([state["status"] for state in states] == ["rejected"], f"asking ends with a decision: {states}")
        return page

    def sees_no_more_than_a_player(self, page):
        page.go(f"{self.url}/")
        self.check(page.run("document.querySelector('[data-tab=moderation]').hidden"), "no queue for players")
        self.check(page.run("document.getElementById('status-link').hidden"), "no status for players")
        for path in ("/moderation", "/status"):
            page.go(f"{self.url}{path}")
            self.check("Fuera de la cancha" in self.words(page), f"{path} is nothing to players")
        for path in ("/api/moderation/videos", "/api/admin/status"):
            self.check(self.api.send("GET", path)[0] == 403, f"{path} is refused to players")

    def changes_password(self, page, player):
        page.window(360, 740)
        page.click("#password-link")
        page.wait("location.pathname === '/password' && document.querySelector('[name=password2]')")
        self.capture(page, "password", LOOKS)
        page.window(360, 740)
        for current, new, again, problem, focus in [
            ("", NEW_PASSWORD, NEW_PASSWORD, "Falta: Contraseña actual.", "password"),
            (PASSWORD, "short", "short", "Al menos", "password1"),
            (PASSWORD, NEW_PASSWORD, NEW_PASSWORD + "x", "no son iguales", "password2"),
            ("not that one 1", NEW_PASSWORD, NEW_PASSWORD, "La contraseña actual no es esa.", "password"),
        ]:
            self.fill_by_keyboard(page, current, new, again)
            page.wait(f"document.querySelector('.problem')?.textContent.includes({json.dumps(problem)})")
            self.check(page.run("document.activeElement.name") == focus, f"the focus goes to what is wrong: {problem}")
        self.check(self.api.send("GET", "/api/videos")[0] == 200, "a refused change ends no session")
        self.fill_by_keyboard(page, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
        page.wait("location.pathname === '/mine' && document.querySelector('#live').textContent === 'Tu contraseña cambió.'")
        page.wait(f"{ENTRIES} === 3")
        self.until(lambda: self.api.send("GET", "/api/videos")[0] == 401, "the other session ends")
        page.window(1280)
        page.click("#log-out")
        page.wait("document.querySelector('#log-out').hidden && location.pathname === '/'")
        page.go(f"{self.url}/login?next=/mine")
        page.type("[name=email]", player["email"])
        page.type("[name=password]", PASSWORD)
        page.click("main form button")
        page.wait("document.querySelector('.problem')")
        page.type("[name=password]", NEW_PASSWORD)
        page.click("main form button")
        page.wait(f"location.pathname === '/mine' && {ENTRIES} === 3")

    def fill_by_keyboard(self, page, *texts):
        page.run("document.querySelector('main [name=password]').focus()")
        for index, text in enumerate(texts):
            page.run("document.activeElement.value = ''")
            if text:
                page.send("Input.insertText", text=text)
            if index < len(texts) - 1:
                page.press("Tab", 9)
        page.run("document.querySelector('.problem')?.remove()")
        page.press("Enter", 13)

    # MARK: The moderator's side

    def moderator(self):
        page = self.person()
        self.sign_up(page, "Mara", "Cali")
        return page

    def grant(self, page, role):
        command = [self.options.anb_api, "user", "grant", page.person["email"], role, "--reason", "on duty"]
        environment = {"PATH": os.environ["PATH"], "ANB_DATA_DIR": self.options.data}
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)

    def opens_the_queue(self, page):
        def is_open():  # a server believes what it knows of a session for some seconds
            page.go(f"{self.url}/")
            if page.run("document.querySelector('[data-tab=moderation]').hidden"):
                return False
            page.window(360, 740)
            page.click("[data-tab=moderation]")
            page.wait("location.pathname === '/moderation' && !document.querySelector('main').ariaBusy")
            return page.run(f"{ENTRIES} === 2")
        self.until(is_open, "the queue opens")
        self.check(page.run("document.activeElement.tagName") == "H1", "the heading has the focus")
        self.check(page.run("[...document.querySelectorAll('.mine-entry h2')].map(node => node.textContent)") == [BAD, GOOD],
                   "the longest waiting first, titles as text")
        page.click("[data-language=en]")
        self.check("Reason for rejecting" in self.words(page), "the queue in English")
        self.capture(page, "moderation", LOOKS)
        page.click("[data-language=es]")
        page.window(360, 740)

    def rejects_by_keyboard(self, page):
        page.run("document.querySelector('main h1').focus()")
        for _ in range(20):  # a player has stops of its own inside
            page.press("Tab", 9)
            if page.run("document.activeElement.name") == "reason":
                break
        self.to_reject(page)
        page.press("Enter", 13)
        page.wait("document.querySelector('.problem')")
        self.check(page.run("document.activeElement.name") == "reason", "without a reason the focus goes there")
        page.send("Input.insertText", text=REASON)
        self.to_reject(page)
        page.press("Enter", 13)
        page.wait(f"{ENTRIES} === 1 && document.activeElement.tagName === 'H1'")
        self.check(page.run("document.querySelector('.mine-entry h2').textContent") == GOOD, "the other one is left")
        self.check("Rechazado" in page.run("document.querySelector('#live').textContent"), "it is said aloud")
        page.click("[data-tab=gallery]")
        page.wait("location.pathname === '/' && !document.querySelector('main').ariaBusy")
        self.check(BAD not in self.words(page) and GOOD not in self.words(page), "nothing is published by looking")

    def to_reject(self, page):
        page.press("Tab", 9)
        page.press("Tab", 9)
        self.check(page.run("document.activeElement.textContent") == "Rechazar", "two steps from the reason to its button")

    def publishes(self, page):
        page.click("[data-tab=moderation]")
        page.wait(f"{ENTRIES} === 1")
        page.click(".mine-entry .row button")
        page.wait(f"{ENTRIES} === 0 && document.querySelector('main .empty')")
        page.click("[data-tab=gallery]")
        page.wait(f"document.querySelector('main').textContent.includes({json.dumps(GOOD)})")
        self.check(BAD not in self.words(page) and BROKEN not in self.words(page), "only what was published is in the gallery")
        page.window(1280)

    # MARK: The admin's side

    def reads_status(self, page):
        page.go(f"{self.url}/")
        self.check(page.run("document.getElementById('status-link').hidden"), "no status for moderators")
        self.grant(page, "admin")
        def is_open():
            page.go(f"{self.url}/status")
            return page.run("document.querySelectorAll('main li').length >= 3")
        self.provoked.append("/api/admin/status")
        self.until(is_open, "the status opens")
        page.go(f"{self.url}/")
        page.window(360, 740)
        page.click("#status-link")
        page.wait("location.pathname === '/status' && document.querySelectorAll('main li').length >= 3")
        text = self.words(page)
        self.check("Trabajos: 0 por hacer" in text and "0 muertos" in text and "3 videos en 24 h" in text, f"the status: {text}")
        page.click("[data-language=en]")
        page.wait("document.querySelector('main').textContent.includes('3 videos in 24 h')")
        self.capture(page, "status", LOOKS)
        asked = self.asked(page)
        page.run("document.querySelector('main h1').focus()")
        page.press("Tab", 9)
        self.check(page.run("document.activeElement.tagName") == "BUTTON", "the keyboard reaches the button")
        page.press("Enter", 13)
        self.until(lambda: self.asked(page) > asked, "it is asked again")

    def words(self, page):
        """As they are written, not in the capitals that some are shown in."""
        return page.run("document.querySelector('main').textContent")

    def asked(self, page):
        return sum("/api/admin/status" in url for _, url in page.requests)

    def until(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise ApiError(f"never: {what}")
            time.sleep(0.1)


if __name__ == "__main__":
    main(Test, __doc__, options=["anb-api", "data"])
