/* Search: excerpts in words, and the words marked on the page that is opened from a hit.  Sphinx
   marks them only where its search tools are not loaded, and this theme loads them everywhere. */
addEventListener("DOMContentLoaded", () => {
  const UNREAD = ".headerlink, script, style, svg, .cell_input, .highlight, details.hide, "
    + ".explorer, .toctree-wrapper, .prev-next-area, mjx-math";
  const BLOCKS = "p, li, td, th, dt, dd, h1, h2, h3, h4, figcaption, div, br";
  const UNMARKED = ".math, script, style, svg, .explorer, .highlight, .headerlink";
  const KEPT = "sphinx_highlight_terms";

  // searchtools.js is there by now, and asks for the text of a page when it has found it
  if (typeof Search !== "undefined") {
    Search.htmlToText = (source, anchor) => {
      const page = new DOMParser().parseFromString(source, "text/html");
      const article = page.querySelector("article") ?? page.body;
      article.querySelectorAll(UNREAD).forEach((part) => part.remove());
      article.querySelectorAll(BLOCKS).forEach((block) => block.append(" "));
      const part = (anchor && article.querySelector(anchor)) || article;
      return part.textContent.replace(/\s+/g, " ").trim();
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
