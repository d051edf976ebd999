/* Search: other words for the same thing, the section of a hit, excerpts in words, and the words
   marked on the page that is opened from a hit.  Sphinx marks them only where its search tools are
   not loaded, and this theme loads them everywhere. */
document.addEventListener("DOMContentLoaded", () => {  // before searchtools.js, which waits, too
  const UNREAD = ".headerlink, script, style, svg, details.check, summary, .cell_input, "
    + ".highlight, .explorer, .toctree-wrapper, .prev-next-area, mjx-math";
  const BLOCKS = "p, li, td, th, dt, dd, h1, h2, h3, h4, figcaption, div, br";
  const UNMARKED = ".math, script, style, svg, .explorer, .highlight, .headerlink";
  const KEPT = "sphinx_highlight_terms";
  const SAME = [
    ["knot", "kink", "breakpoint", "hinge"],
    ["neuron", "particle", "hidden unit"],
    ["ntk", "tangent kernel"],
    ["random feature", "rf kernel"],
    ["adaptive", "rich", "feature learning"],
    ["lazy", "kernel regime"],
    ["penalty", "weight decay", "regularisation", "regularization"],
    ["sparse", "mass", "total variation"],
    ["initialisation", "initialization", "initial law"],
    ["conserved", "invariant", "balanced"],
    ["sticks", "slides", "caught"],
  ];

  /* The query, and the query in other words. */
  function meanings(query) {
    const asked = query.toLowerCase();
    const found = [query];
    for (const group of SAME) {
      const whole = (word) => new RegExp(`\\b${word}(s|es)?\\b`);
      const said = group.find((word) => whole(word).test(asked));
      if (!said) continue;
      for (const word of group) {
        if (word !== said) found.push(asked.replace(whole(said), word));
      }
    }
    return found;
  }

  // searchtools.js is there by now, and asks for the text of a page when it has found it
  if (typeof Search !== "undefined") {
    // no browser lets a page from the disk read another: there hits are titles, without excerpts
    if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    Search.htmlToText = (source, anchor) => {
      const page = new DOMParser().parseFromString(source, "text/html");
      const article = page.querySelector("article") ?? page.body;
      article.querySelectorAll(UNREAD).forEach((part) => part.remove());
      article.querySelectorAll(BLOCKS).forEach((block) => block.append(" "));
      const part = (anchor && article.querySelector(anchor)) || article;
      return part.textContent.replace(/\s+/g, " ").trim();
    };

    const parse = Search._parseQuery;
    const perform = Search._performSearch;
    Search.query = (query) => {
      const results = new Map();
      let words = null;
      for (const meant of meanings(query)) {
        const parsed = parse(meant);
        words ??= parsed;
        for (const term of parsed[3]) words[3].add(term);
        for (const term of parsed[1]) words[1].add(term);
        for (const hit of perform(parsed[0], new Set(parsed[1]), ...parsed.slice(2)).reverse()) {
          const place = hit[0] + hit[2];
          if (!results.has(place)) results.set(place, hit);
        }
      }
      localStorage.setItem(KEPT, [...words[3]].join(" "));
      const hits = [...results.values()].reverse();    // the last is shown first
      _displayNextItem(hits, hits.length, words[1], words[3]);
    };

    // a hit in the text of a page leads to the section that has most of the words
    const summarise = Search.makeSearchSummary;
    Search.makeSearchSummary = (source, words, anchor) => {
      if (anchor) return summarise(source, words, anchor);
      const page = new DOMParser().parseFromString(source, "text/html");
      let best = null;
      let most = 0;
      for (const section of page.querySelectorAll("article section section[id]")) {
        const own = section.cloneNode(true);
        own.querySelectorAll(`section, ${UNREAD}`).forEach((part) => part.remove());
        const text = own.textContent.toLowerCase();
        const count = [...words].reduce((sum, word) => sum + text.split(word).length - 1, 0);
        if (count > most) [best, most] = [section, count];
      }
      const summary = summarise(source, words, best ? `#${CSS.escape(best.id)}` : "");
      if (best && summary) {
        queueMicrotask(() => {                         // it stands below its link by then
          const link = summary.parentElement.querySelector("a");
          best.querySelectorAll(".headerlink").forEach((part) => part.remove());
          link.href += `#${best.id}`;
          const hits = [...document.querySelectorAll("#search-results li > a")];
          if (hits.some((other) => other !== link && other.href === link.href)) {
            link.closest("li").remove();               // the section is there already
            return;
          }
          link.append(` › ${best.querySelector("h2, h3, h4").textContent.trim()}`);
        });
      }
      return summary;
    };
  }

  if (document.getElementById("search-results")) return;
  const asked = (localStorage.getItem(KEPT) ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  localStorage.removeItem(KEPT);
  if (!asked.length) return;

  const stemmer = typeof Stemmer === "undefined" ? { stemWord: (word) => word } : new Stemmer();
  const stems = new Set(asked.map((word) => stemmer.stemWord(word)));
  const meant = (word) =>
    stems.has(stemmer.stemWord(word)) || asked.some((term) => word.includes(term));

  function mark(text) {
    const parts = text.data.split(/([\p{L}\p{N}_]+)/u);
    if (!parts.some((part, k) => k % 2 && meant(part.toLowerCase()))) return;
    text.replaceWith(...parts.map((part, k) => {
      if (!(k % 2 && meant(part.toLowerCase()))) return part;
      const marked = document.createElement("mark");
      marked.className = "highlighted";
      marked.textContent = part;
      return marked;
    }));
  }

  const texts = [];
  const article = document.querySelector("article") ?? document.body;
  const walk = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest(UNMARKED)) texts.push(walk.currentNode);
  }
  texts.forEach(mark);
  if (!location.hash) {
    article.querySelector("mark.highlighted")?.scrollIntoView({ block: "center" });
  }

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const marked of article.querySelectorAll("mark.highlighted")) {
        marked.replaceWith(marked.textContent);
      }
    }
  });
});
