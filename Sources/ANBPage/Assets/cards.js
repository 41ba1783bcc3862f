// What lists share: a published video as a card, the choice of a city, and the way to the next page.
import { get } from "./api.js";
import { h, picture, problemText } from "./dom.js";

/** @param {number} [place] 1, 2 or 3 in an order by votes. */
export function card(video, heading = "h2", place) {
  return h("li.card", {},
    h("a", { href: `/videos/${video.video_id}` },
      h("div.poster", {}, picture(video.thumbnail_url),
        place && h("span.place", { "data-place": place, "aria-hidden": "true" }, `#${place}`),
        h("span.play", { "aria-hidden": "true" })),
      h("div.card-text", {},
        h(heading, {}, video.title),
        h("p.player-line", {}, h("span", {}, video.player_name), h("span.city", {}, video.city))),
      h("p.score", {}, h("b", {}, String(video.votes)), h("span", { t: "votesWord", tp: { count: video.votes } }))));
}

/** A choice of cities with the number of their videos. */
export function citySelect(cities, chosen, onChange) {
  const isKnown = !chosen || cities.some(({ city }) => city === chosen);
  const options = [
    h("option", { value: "", t: "allCities" }),
    ...cities.map(({ city, videos }) => h("option", { value: city }, `${city} (${videos})`)),
    !isKnown && h("option", { value: chosen }, chosen),
  ];
  const select = h("select", { id: "city", on: { change: () => onChange(select.value) } }, options.filter(Boolean));
  select.value = chosen ?? "";
  return h("div.filter", {}, h("label", { for: "city", t: "city" }), select);
}

/**
 * Fills a list with its first page. Answers what belongs below it: a button that adds the next one and leads the keyboard to its
 * first entry.
 * @param {(element: object) => Node} entry
 */
export function pages(list, first, entry, options) {
  const button = h("button.button.quiet.wide", { t: "more" });
  const problems = h("div");
  let next;

  function add(page) {
    const nodes = page.data.map(entry);
    list.append(...nodes);
    next = page.next;
    button.hidden = !next;
    return nodes[0];
  }

  button.addEventListener("click", async () => {
    button.disabled = true;
    problems.replaceChildren();
    let landing = button;
    try {
      const added = add(await get(next, options)) ?? list.lastElementChild;
      landing = added.querySelector("a") ?? added;
      if (landing === added) added.tabIndex = -1; // a row of a table, say
    } catch (problem) {
      if (problem.name === "AbortError") return;
      problems.replaceChildren(problemText(problem));
    }
    button.disabled = false;
    landing.focus();
  });
  add(first);
  return h("div.stack", {}, problems, button);
}
