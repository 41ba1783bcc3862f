#!/usr/bin/env python3
"""The contest's web page in a real browser: two people, one clip, from sign-up to the ranking.

usage: browser-test.py URL [--artefacts FOLDER]

Chromium is the system's. Every page is looked at on a phone and on a desk, in light and in dark; the pictures are kept.
Ends with code 1 and a line for each finding.
"""

import json
import re
import subprocess

from browser_stage import LOOKS, Stage, main

TITLE = "<script>document.title='broken'</script> \"Gol\" & <b>más</b>"
# Container, first bytes as hex, and whether the contest takes it.
HEADS = [
    ("mp4", "00000018667479706d703432", True), ("mov", "00000008776964650000", True), ("webm", "1a45dfa3010000", True),
    ("avi", "52494646000000004156492000", True), ("mpeg", "000001ba440004", True), ("ts", ("47" + "00" * 187) * 3, True),
    ("m2ts", "00000000" + ("47" + "00" * 191) * 3, True), ("wav", "524946460000000057415645", False), ("text", "68656c6c6f20776f726c64", False),
    ("png", "89504e470d0a1a0a0000", False), ("empty", "", False), ("one sync byte", "47" + "00" * 600, False),
]


class Test(Stage):
    # MARK: The contest, as people play it

    def play(self):
        clip = self.clip()
        player, voter = self.person(), self.person("en-GB,en")
        self.looks_without_anybody(voter)
        self.sign_up(player, "Ana", "Bogotá")
        self.done("signed up")
        self.refuses_bad_files(player)
        self.done("bad files refused before a byte was sent")
        self.refused_by_the_server(player, clip)
        self.done("a damaged file refused by the server, in the reader's language")
        video = self.upload(player, clip)
        self.done("uploaded and published")
        self.follows_without_events(player, video)
        self.sign_up(voter, "Bob", "Cali", through=f"/videos/{video}")
        self.watch(voter, video)
        self.done("played to the end")
        self.vote(voter, video)
        self.done("voted; the ranking changed")
        self.cancel_and_delete(player, clip, voter)
        self.done("cancelled an upload, deleted a video")
        self.log_in_again(player)
        self.switch_language(player, video)
        self.keyboard(player, video)
        self.done("language, keyboard")
        self.look_at_every_page(player, video)
        self.done("looked at every page")
        self.shared_link(video)

    def looks_without_anybody(self, page):
        page.go(f"{self.url}/")
        self.check(page.run("document.documentElement.lang") == "en", "an English browser gets English")
        self.check("No videos yet" in page.text(), "an empty gallery says so")

    def refuses_bad_files(self, page):
        page.click("[data-tab=upload]")
        page.wait("document.querySelector('.drop input')")
        results = page.run(f"""import(document.querySelector('script[type=module]').src.replace('app.js', 'preflight.js'))
          .then(({{ sniff }}) => {json.dumps(HEADS)}.map(([name, hex]) =>
            sniff(new Uint8Array((hex.match(/../g) ?? []).map(byte => parseInt(byte, 16)))) !== null))""")
        for (name, _, wanted), result in zip(HEADS, results):
            self.check(result == wanted, f"first bytes of {name}: {result}")
        short = self.clip("short.mp4", seconds=0.4, size="320x180")
        fake = self.folder / "fake.mp4"
        fake.write_text("this is no video at all, whatever its name says")
        sent = len(page.requests)
        for path, check in ((fake, "type"), (short, "duration")):
            page.choose_file(".drop input", path)
            page.wait(f"document.querySelector('.checks [data-check={check}][data-state=bad]')")
            page.click("main form > button")
            page.wait("document.querySelector('.problem')")
        self.check(page.run("""(() => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(3)], "dropped.bin"));
          return document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true })) === false;
        })()"""), "a drop is taken")
        page.wait("document.querySelector('.chosen').textContent === 'dropped.bin'")
        page.wait("document.querySelector('.checks [data-check=type][data-state=bad]')")
        self.check(not [url for _, url in page.requests[sent:] if "/api/" in url], "no request for a bad file")

    def refused_by_the_server(self, page, clip):
        """Its head is good, so that the page finds nothing; the server reads on, and says why with a code that the page knows."""
        whole = self.folder / "whole.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(clip), "-c", "copy", "-movflags", "faststart", str(whole)],
                       check=True)
        cut = self.folder / "cut.mp4"
        cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
        self.provoked += ["/complete", "status of 400"]
        self.send_clip(page, cut, "cortado")
        page.wait("document.querySelector('.live .problem')")
        self.check(page.run("document.querySelector('.live .problem').textContent")
                   == "El archivo está dañado o incompleto. Súbelo de nuevo o prueba con otro.", f"refused in Spanish: {page.text()}")
        page.click("[data-language=en]")
        page.wait("document.querySelector('.live .problem').textContent.startsWith('The file is damaged')")
        page.click("[data-language=es]")
        page.click(".live button")
        page.wait("document.querySelector('.drop input')")

    def upload(self, page, clip):
        page.choose_file(".drop input", clip)
        page.wait("document.querySelectorAll('.checks [data-state=ok]').length === 4")
        page.type("[name=title]", TITLE)
        self.capture(page, "upload-checked", [(360, "light"), (1280, "dark")])
        page.run("""window.seen = { sent: [], numbers: [], percents: [], stages: [] };
          new MutationObserver(() => {
            const add = (list, value) => value && list.at(-1) !== value && list.push(value);
            add(seen.sent, document.querySelector(".live > .stack > progress")?.value);
            add(seen.numbers, document.querySelector(".numbers")?.textContent);
            add(seen.percents, document.querySelector(".clock-digits")?.textContent);
            add(seen.stages, document.querySelector(".stages")?.dataset.stage);
          }).observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true, attributes: true });""")
        self.throttle(page, 900_000)
        page.click("main form > button")
        page.wait("seen.numbers.some(text => text.includes('/s'))")
        self.capture(page, "upload-sending", [(1280, "light")])
        page.wait("document.querySelector('.stages')")
        self.throttle(page, -1)
        page.wait("seen.percents.some(text => Number(text) > 5 && Number(text) < 100)")
        self.capture(page, "upload-processing", [(360, "dark"), (1280, "light")])
        link = page.wait("document.querySelector('.live a.button')?.getAttribute('href')", 150)
        seen = page.run("seen")
        self.check(len(seen["sent"]) >= 3 and seen["sent"] == sorted(seen["sent"]), f"upload progress moves: {seen['sent']}")
        self.check(any(re.search(r"[KM]B/s · faltan \S+ s", text) for text in seen["numbers"]), f"speed and time left: {seen['numbers']}")
        percents = [int(text) for text in seen["percents"]]
        self.check(len(set(percents)) >= 3 and percents == sorted(percents), f"processing progress moves: {percents}")
        self.check("transcoding" in seen["stages"] and seen["stages"][-1] == "processed", f"stages: {seen['stages']}")
        page.click(".live a.button")
        page.wait(f"location.pathname === {json.dumps(link)} && document.querySelector('video')")
        self.check("Este es tu video" in page.text(), "no vote for one's own video")
        return link.rsplit("/", 1)[1]

    def follows_without_events(self, page, video):
        answer = self.states_by_asking(page, video)
        self.check(answer and answer[-1]["status"] == "processed" and answer[-1]["progress"] == 100, f"asking works: {answer}")

    def watch(self, page, video):
        page.wait("document.querySelector('video')")
        self.check(page.run("document.querySelector('h1').textContent") == TITLE, "a title is text")
        self.check(page.run("document.title").startswith(TITLE), "nothing in a title runs")
        page.run("""window.played = new Promise((resolve, reject) => {
          const video = document.querySelector("video");
          video.playbackRate = 4;
          video.addEventListener("ended", () => resolve([video.currentTime, video.duration, video.videoHeight]));
          video.addEventListener("error", () => reject(new Error(video.error.message)));
          return video.play().catch(reject);
        }); null""")
        position, duration, height = page.run("played")
        self.check(abs(position - duration) < 0.2 and duration > 5 and height == 720, f"plays to the end: {position} of {duration}, {height}p")

    def vote(self, page, video):
        ranking = "[...document.querySelectorAll('tbody tr')].map(row => row.innerText.replace(/\\s+/g, ' ').trim())"
        page.click("[data-tab=ranking]")
        page.wait("location.pathname === '/ranking' && document.querySelector('.scoreboard')")
        before = page.run(ranking)
        page.run("history.back()")
        page.wait("document.querySelector('.vote')")
        page.click(".vote")
        page.wait("document.querySelector('.digits').textContent === '1'")
        self.check(page.run("document.querySelector('.vote').textContent") == "Take my vote back", "the button says that the vote was given")
        page.click("[data-tab=ranking]")
        page.wait(f"location.pathname === '/ranking' && document.querySelector('.scoreboard') && {ranking}.join() !== {json.dumps(before)}.join()")
        after = page.run(ranking)
        self.check(before[0].endswith(" 0") and after[0].endswith(" 1"), f"the ranking changes: {before} {after}")
        page.run("history.back()")
        page.click(".vote.given")
        page.wait("document.querySelector('.digits').textContent === '0'")
        self.votes_in_another_tab(page, video)

    def votes_in_another_tab(self, page, video):
        self.provoked.append("/vote")
        page.run(f"""import(document.querySelector('script[type=module]').src.replace('app.js', 'api.js'))
          .then(({{ call }}) => call("POST", "/api/public/videos/{video}/vote", {{ signed: true }}))""")
        page.click(".vote:not(.given)")
        page.wait("document.querySelector('.scorebox .problem')?.textContent === 'Your vote counts already.'")
        page.wait("document.activeElement.textContent === 'Take my vote back'")

    def cancel_and_delete(self, page, clip, voter):
        page.click("[data-tab=upload]")
        page.wait("document.querySelector('.drop input')")
        self.throttle(page, 100_000)  # many seconds, so that the button is pressed in time on any machine
        self.send_clip(page, clip, "cancelled")
        page.wait("document.querySelector('.live progress').value > 0")
        page.click(".live [data-cancel]")
        page.wait("document.querySelector('.drop input')")
        self.check(page.run("document.activeElement.tagName") == "H1", "after a cancelled upload the heading has the focus")
        self.throttle(page, -1)
        upload = self.created(page)[-1]
        self.check(("DELETE", upload) in page.requests, "a cancelled upload is given up on the server")
        self.goes_on_after_a_reload(page, clip, voter)
        self.check(not any("/api/tasks/" in url for _, url in page.requests), "live stages come as events")
        page.click("[data-tab=mine]")
        page.wait("document.querySelectorAll('.mine-entry').length === 2")
        self.check("cancelled" not in page.text(), "a cancelled upload is nowhere")
        page.click(".mine-entry:not([data-status=processed]) .mine-text > .row button")
        page.wait("document.querySelector('dialog[open]')")
        self.check(page.run("document.activeElement.value") == "no", "the safe answer has the focus")
        page.click("dialog button[value=yes]")
        page.wait("document.querySelectorAll('.mine-entry').length === 1")

    def send_clip(self, page, clip, title):
        self.fill_in(page, clip, title)
        page.click("main form > button")
        page.wait("document.querySelector('.live progress')")

    def fill_in(self, page, clip, title):
        page.choose_file(".drop input", clip)
        page.type("[name=title]", title)
        page.wait("document.querySelectorAll('.checks [data-state=ok]').length === 4")

    def created(self, page):
        """The addresses of the uploads that this page added to, in order."""
        return list(dict.fromkeys(url for method, url in page.requests if method == "PATCH"))

    def goes_on_after_a_reload(self, page, clip, voter):
        """Paused, then the page is loaded anew and the same clip chosen again; on the way the connection breaks."""
        before = self.created(page)
        self.throttle(page, 100_000)
        self.paused_before_the_first_byte(page, clip)
        page.wait("document.querySelector('.live progress').value > 200000")
        page.click(".live [data-pause]")
        page.wait("document.querySelector('.numbers').dataset.state === 'paused'")
        paused = page.run("document.querySelector('.live').textContent")
        self.check("en pausa" in paused and "Seguir" in paused, f"a paused upload says so: {paused}")
        self.capture(page, "upload-paused", [(360, "light")])
        self.language_while_away(page)
        page.click(".live [data-pause]")
        page.wait("document.querySelector('.numbers').dataset.state === 'sending'")
        page.click(".live [data-pause]")
        page.wait("document.querySelector('.numbers').dataset.state === 'paused'")
        self.another_person(page, voter)
        page.run("window.isOld = true")
        page.send("Page.reload")
        page.wait("!window.isOld && !document.querySelector('#log-out').hidden && document.querySelector('.drop input')")
        page.choose_file(".drop input", clip)
        page.wait("document.querySelector('.live progress')?.value > 200000")
        self.check("para borrar" in page.text(), "an upload that goes on has its title")
        self.throttle(page, -1, offline=True)
        page.wait("document.querySelector('.numbers').dataset.state === 'waiting'")
        self.check("Se cortó" in page.text(), "a broken connection is said")
        page.run("document.querySelector('.live [data-pause]').focus()")
        self.throttle(page, -1)
        page.wait("document.querySelector('.stages')")
        self.check(page.run("document.activeElement.tagName") == "H1", "when the buttons go the heading has the focus")
        self.check(len(self.created(page)) == len(before) + 1, f"one upload all the time: {self.created(page)}")

    def paused_before_the_first_byte(self, page, clip):
        """Begun at the server, but nothing sent: it goes on all the same."""
        before = self.created(page)
        self.fill_in(page, clip, "para borrar")
        page.run("document.querySelector('main form').requestSubmit(); document.querySelector('[data-pause]').click()")
        page.wait("Object.keys(JSON.parse(localStorage['anb.uploads'])).length === 1")
        self.check(page.run("document.querySelector('.numbers').dataset.state") == "paused" and self.created(page) == before,
                   "nothing is sent while paused")
        page.click(".live [data-pause]")

    def language_while_away(self, page):
        page.click("[data-tab=ranking]")
        page.wait("location.pathname === '/ranking' && !document.querySelector('main').ariaBusy")
        page.click("[data-language=en]")
        page.click("[data-tab=upload]")
        page.wait("document.querySelector('.live')")
        text = page.run("document.querySelector('.live').textContent")
        self.check("paused" in text and "Go on" in text, f"an upload that was off screen follows the language: {text}")
        page.click("[data-language=es]")

    def another_person(self, page, other):
        """Who takes over the browser neither sees nor sends what the player was sending."""
        self.log_out(page)
        sent = len(page.requests)
        page.click("[data-tab=upload]")
        self.log_in(page, other.person["email"], "/upload")
        self.check(page.run("!document.querySelector('.live') && !!document.querySelector('.drop input')"), f"a form of one's own: {page.text()}")
        self.log_out(page)
        self.check(not [url for _, url in page.requests[sent:] if "/api/videos/uploads" in url], "nobody goes on in another's name")
        page.click("[data-tab=upload]")
        self.log_in(page, page.person["email"], "/upload")

    def log_in_again(self, page):
        page.run("window.isOld = true")
        page.send("Page.reload")
        page.wait("!window.isOld && document.querySelector('.mine-entry') && !document.querySelector('#log-out').hidden")
        self.log_out(page)
        page.click("[data-tab=mine]")
        self.log_in(page, page.person["email"], "/mine")
        page.wait("document.querySelector('.mine-entry')")

    def switch_language(self, page, video):
        page.go(f"{self.url}/videos/{video}")
        page.run("document.querySelector('video').dataset.same = 'yes'")
        page.click("[data-language=en]")
        page.wait("document.documentElement.lang === 'en' && document.querySelector('main').innerText.includes('your video')")
        self.check(page.run("document.querySelector('video').dataset.same") == "yes", "a switch leaves the video alone")
        missing = page.run("""(async () => {
          const base = document.querySelector('script[type=module]').src;
          const [es, en] = await Promise.all(['es', 'en'].map(name => import(base.replace('app.js', `words-${name}.js`))));
          const [a, b] = [Object.keys(es.default), Object.keys(en.default)];
          return [...a.filter(key => !b.includes(key)), ...b.filter(key => !a.includes(key))];
        })()""")
        self.check(missing == [], f"texts in one language only: {missing}")
        page.click("[data-language=es]")

    def keyboard(self, page, video):
        """Tab reaches everything, in the order of the document, and shows where it is."""
        for path in ("/", f"/videos/{video}", "/upload"):
            page.go(f"{self.url}{path}")
            reachable = page.run("""(() => {
              window.stops = [...document.querySelectorAll("a[href], button, input, select, video")]
                .filter(node => node.getClientRects().length && !node.disabled);
              document.activeElement.blur();
              return stops.length;
            })()""")
            visited = []
            for _ in range(reachable + 12):  # a player has stops of its own inside
                page.press("Tab", 9)
                visited.append(page.run("""(() => {
                  const node = document.activeElement;
                  const mark = node.closest(".drop .button") ?? node;
                  const style = getComputedStyle(mark);
                  return [stops.indexOf(node), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || node.tagName === "VIDEO"];
                })()"""))
                if visited[-1][0] == reachable - 1:
                    break
            order = [index for index, _ in visited]
            distinct = sorted(set(order))
            self.check(distinct == list(range(reachable)) and order == sorted(order), f"focus order on {path}: {order} of {reachable}")
            self.check(all(shows for _, shows in visited), f"focus is visible on {path}: {visited}")
        page.go(f"{self.url}/")
        page.click("[data-tab=ranking]")
        page.wait("location.pathname === '/ranking'")
        page.wait("document.activeElement.tagName === 'H1'")

    # MARK: Looking

    def look_at_every_page(self, page, video):
        for name, path in (("gallery", "/"), ("player", f"/videos/{video}"), ("ranking", "/ranking"), ("mine", "/mine"), ("upload", "/upload")):
            page.go(f"{self.url}{path}")
            self.capture(page, name, LOOKS)
        stranger = self.person()
        for name, path in (("signup", "/signup"), ("login", "/login?next=/upload"), ("voting", f"/videos/{video}"), ("gallery-empty", "/?city=Nowhere")):
            stranger.go(f"{self.url}{path}")
            self.capture(stranger, name, LOOKS)

    # MARK: What machines see

    def shared_link(self, video):
        status, headers, body = self.api.send("GET", f"/videos/{video}")
        text = body.decode()
        self.check(status == 200 and "<script>document" not in text, "the title is escaped in the document")
        self.check('property="og:title" content="&lt;script&gt;' in text, "the link has a title")
        poster = re.search(r'property="og:image" content="([^"]+)"', text)
        picture = self.api.fetch(poster.group(1))
        location = {name.lower(): value for name, value in picture[1].items()}.get("location", "")
        self.check(picture[0] == 302 and self.api.fetch(location)[2][:2] == b"\xff\xd8", "the link has a poster")
        missing = self.api.send("GET", "/videos/00000000-0000-4000-8000-000000000000")
        self.check(missing[0] == 404 and b"noindex" in missing[2], "a link to nothing is a 404")


if __name__ == "__main__":
    main(Test, __doc__)
