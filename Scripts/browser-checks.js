// What an accessibility checker looks for, run inside the page; answers a list of findings.
(() => {
  const findings = [];
  const find = (what, node) => findings.push(`${what}: ${node?.outerHTML?.slice(0, 140) ?? ""}`);
  const all = selector => [...document.querySelectorAll(selector)];
  const isShown = node => node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && node.getClientRects().length > 0;
  const isHiddenFromReaders = node => node.closest('[aria-hidden="true"]') !== null;
  const name = node => (node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.textContent ?? "").trim();

  // Structure
  if (!["es", "en"].includes(document.documentElement.lang)) find("language of the document", document.documentElement);
  if (!document.title.trim()) find("title of the document");
  for (const landmark of ["header", "nav", "main", "footer"]) if (all(`body ${landmark}`).length < 1) find(`landmark ${landmark}`);
  if (all("main h1").length !== 1) find(`one h1, not ${all("main h1").length}`, document.querySelector("main"));
  let level = 0;
  for (const heading of all("h1, h2, h3, h4").filter(isShown)) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) find(`heading after level ${level}`, heading);
    level = now;
  }
  const ids = all("[id]").map(node => node.id);
  ids.filter((id, index) => ids.indexOf(id) !== index).forEach(id => find(`id twice: ${id}`));
  all("[aria-describedby], [aria-labelledby]").forEach(node => {
    const wanted = `${node.getAttribute("aria-describedby") ?? ""} ${node.getAttribute("aria-labelledby") ?? ""}`;
    wanted.trim().split(/\s+/).forEach(id => document.getElementById(id) || find(`refers to ${id}`, node));
  });

  // Names
  all("img").forEach(node => node.hasAttribute("alt") || find("alt", node));
  all("a[href], button, input, select, video, progress, nav").filter(isShown).forEach(node => name(node) || find("name", node));
  all("[tabindex]").forEach(node => node.tabIndex > 0 && find("tabindex above 0", node));
  all("[aria-hidden=true] a, [aria-hidden=true] button, [aria-hidden=true] input").forEach(node => find("focusable but hidden", node));

  // Room for a finger (WCAG 2.2, 2.5.8), links in running text aside
  all("button, input:not([type=file]), select, nav a, .button").filter(isShown).forEach(node => {
    const box = node.getBoundingClientRect();
    if (Math.min(box.width, box.height) < 24) find(`target of ${Math.round(box.width)} × ${Math.round(box.height)}`, node);
  });
  const width = screen.width; // a phone zooms out when a page is too wide, and innerWidth grows with it
  if (document.documentElement.scrollWidth > width) {
    find(`wider than the window: ${document.documentElement.scrollWidth}`);
    all("main *").filter(node => node.getBoundingClientRect().right > width + 1).slice(0, 5).forEach(node => find("too far right", node));
  }

  // Contrast
  const parse = text => {
    const parts = /^rgba?\(([^)]+)\)/.exec(text)?.[1].split(/[ ,/]+/).map(Number);
    if (parts) return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
    const srgb = /^color\(srgb ([^)]+)\)/.exec(text)?.[1].split(/[ /]+/).map(Number);
    return srgb && { rgb: srgb.slice(0, 3).map(value => value * 255), alpha: srgb[3] ?? 1 };
  };
  const over = (top, below) => top.rgb.map((value, index) => value * top.alpha + below[index] * (1 - top.alpha));
  const luminance = rgb => {
    const [r, g, b] = rgb.map(value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, two) => {
    const [light, dark] = [luminance(one), luminance(two)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  /** Every colour that may lie behind a node: gradients count with each of their solid stops. */
  const behind = node => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const gradient = (style.backgroundImage.match(/rgba?\([^)]+\)/g) ?? []).map(parse);
      const solid = gradient.filter(color => color.alpha === 1);
      const color = parse(style.backgroundColor);
      if (solid.length) { layers.push(solid); break; }
      if (color.alpha > 0) layers.push([color]);
      if (color.alpha === 1) break;
    }
    let colors = [[255, 255, 255]];
    for (const layer of layers.reverse()) colors = colors.flatMap(below => layer.map(color => over(color, below)));
    return colors;
  };
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !isShown(node) || node.closest(".skip, .toast, .hidden, noscript, option, datalist, :disabled")) continue;
    const style = getComputedStyle(node);
    let color = parse(style.color);
    if (color.alpha === 0) color = parse(style.webkitTextStrokeColor); // outlined letters
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const least = Math.min(...behind(node).map(back => contrast(over(color, back), back)));
    texts += 1;
    if (least < (isLarge ? 3 : 4.5)) find(`contrast ${least.toFixed(2)} of “${walker.currentNode.data.trim().slice(0, 30)}”`, node);
  }
  if (texts < 10) find(`only ${texts} texts were judged`);
  return findings;
})()
