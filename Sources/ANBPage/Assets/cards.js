// A published video as a card, as in the gallery and below a player.
import { h, picture } from "./dom.js";

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
