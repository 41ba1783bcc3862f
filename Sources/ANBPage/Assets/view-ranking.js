import { get, session, withQuery } from "./api.js";
import { citySelect, pages } from "./cards.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

const PAGE = 50;

export async function ranking({ query, signal, go }) {
  const city = query.get("city") ?? "";
  const [cities, first] = await Promise.all([
    get("/api/public/cities", { signal }),
    get(withQuery("/api/public/rankings", { city, limit: PAGE }), { signal }),
  ]);
  const most = first.data[0]?.votes ?? 0;
  const rows = h("tbody");
  const more = pages(rows, first, entry => row(entry, most), { signal });

  const node = h("section.floor.ranking", {},
    h("div.bar", {}, h("h1", { tabindex: -1, t: "rankingTitle" }),
      citySelect(cities.data, city, value => go(withQuery("/ranking", { city: value })))),
    first.data.length ? [podium(first.data.slice(0, 3)), board(rows)] : h("p.panel.empty", { t: "emptyRanking" }),
    more);
  return { title: () => t("rankingTitle"), node };
}

/** For the eye; the board below says the same to everybody. */
function podium(entries) {
  return h("ol.podium", { "aria-hidden": "true" }, entries.map(entry =>
    h("li", { "data-place": entry.position },
      h("span.name", {}, breakable(entry.username)), h("span.city", {}, entry.city),
      h("span.block", {}, h("b", {}, String(entry.position)),
        h("span", { t: "votesCount", tp: { count: entry.votes } })))));
}

/** User names break after their dots. */
const breakable = name => name.split(/(?<=\.)/).flatMap((part, index) => index ? [h("wbr"), part] : [part]);

function board(rows) {
  const head = (key, name) => h(`th.${name}`, { scope: "col", t: key });
  return h("div.scoreboard", {}, h("table", {},
    h("caption", { class: "hidden", t: "rankingCaption" }),
    h("thead", {}, h("tr", {}, head("columnPlace", "place"), head("columnPlayer", "name"), head("columnVotes", "votes"))),
    rows));
}

function row(entry, most) {
  const bar = h("span.share", { "aria-hidden": "true" });
  bar.style.setProperty("--share", most ? entry.votes / most : 0);
  const isMe = session.user?.username === entry.username;
  return h("tr", { class: isMe ? "me" : null },
    h("td.place", {}, String(entry.position)),
    h("th.name", { scope: "row" }, h("span", {}, breakable(entry.username)), h("span.city", {}, entry.city), bar),
    h("td.votes", {}, String(entry.votes)));
}
