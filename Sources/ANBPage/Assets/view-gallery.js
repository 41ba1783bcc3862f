import { get, withQuery } from "./api.js";
import { card, citySelect, pages } from "./cards.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

const PAGE = 24;

export async function gallery({ query, signal, go }) {
  const city = query.get("city") ?? "";
  const sort = query.get("sort") === "new" ? "new" : "votes";
  const address = (newCity, newSort) => withQuery("/", { city: newCity, sort: newSort === "new" ? "new" : "" });
  const [cities, first] = await Promise.all([
    get("/api/public/cities", { signal }),
    get(withQuery("/api/public/videos", { city, sort, limit: PAGE }), { signal }),
  ]);

  const sortLink = (value, key) => h("a.choice", {
    href: address(city, value), t: key, "aria-current": sort === value ? "true" : null,
  });
  const list = h("ul.cards", {});
  let count = 0;
  const more = pages(list, first, video => {
    count += 1;
    return card(video, "h3", sort === "votes" && video.votes > 0 && count <= 3 ? count : null);
  }, { signal });

  const node = h("div", {}, hero(),
    h("section.floor", { "aria-labelledby": "videos-heading" },
      h("div.bar", {},
        h("h2", { id: "videos-heading", t: "galleryTitle" }),
        citySelect(cities.data, city, value => go(address(value, sort))),
        h("div.choices", { role: "group", label: "sort" }, sortLink("votes", "sortVotes"), sortLink("new", "sortNew"))),
      count ? list : empty(city), more));
  return { title: () => t("galleryTitle"), node };
}

function hero() {
  return h("section.hero", {},
    h("p.kicker", { t: "heroKicker" }),
    h("h1", { tabindex: -1 }, h("span", {}, "Rising Stars"), " ", h("span.outline", {}, "Showcase")),
    h("p.lead", { t: "heroLead" }),
    h("p.row", {},
      h("a.button.big", { href: "/upload", t: "heroUpload" }),
      h("a.button.big.ghost", { href: "/ranking", t: "heroRanking" })));
}

function empty(city) {
  return h("div.panel.empty", {},
    h("p", { t: city ? "emptyCity" : "emptyGallery", tp: { city } }),
    h("a.button", { href: "/upload", t: "heroUpload" }));
}
