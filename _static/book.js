// What a page does for its reader: opens and remembers folds, follows links into them.
(() => {
  "use strict";
  const KEY = "code";
  const folds = () => document.querySelectorAll("details.code");

  function show(open) {
    for (const fold of folds()) fold.open = open;
    const button = document.querySelector(".btn-code-switch");
    button?.setAttribute("aria-pressed", open);
  }
  window.switchCode = () => {
    const open = ![...folds()].some((fold) => fold.open && !fold.closest("details.check"));
    try { localStorage.setItem(KEY, open ? "open" : ""); } catch { /* a page from the disk may have no storage */ }
    show(open);
  };

  // a link to a claim, a solution or a figure opens the folds that it lies in
  function reveal() {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!target) return;
    let closed = false;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      closed ||= !fold.open;
      fold.open = true;
    }
    if (closed) target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);

  // the section in view is marked in the contents
  function follow() {
    const links = new Map();
    for (const link of document.querySelectorAll(".book-nav li.current ul a")) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (section) links.set(section, link);
    }
    const seen = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target);
      const first = [...links.keys()].find((section) => seen.has(section));
      for (const [section, link] of links) {
        link.classList.toggle("here", section === first);
        if (section === first) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }, { rootMargin: "-15% 0px -70% 0px" });
    for (const section of links.keys()) observer.observe(section);
  }
  // what a link leads to, shown beside it while the pointer or the focus rests on it
  const WAIT = 250;
  let asked = null;
  let card = null;
  let timer = 0;

  function previews() {
    asked ??= new Promise((done) => {
      const script = document.createElement("script");
      script.src = new URL("_static/previews.js", new URL(document.documentElement.dataset.content_root, location.href));
      script.onload = () => done(window.bookPreviews ?? {});
      script.onerror = () => done({});
      document.head.append(script);
    });
    return asked;
  }
  function close() {
    clearTimeout(timer);
    card?.remove();
    card = null;
  }
  async function open(link) {
    const root = new URL(document.documentElement.dataset.content_root, location.href).href;
    const url = new URL(link.href);
    const key = decodeURIComponent(url.href).slice(root.length);
    const html = (await previews())[key];
    if (!html || !link.matches(":hover, :focus")) return;
    close();
    card = document.createElement("aside");
    card.className = "book-preview";
    card.setAttribute("role", "tooltip");
    card.innerHTML = html;
    for (const named of card.querySelectorAll("[id]")) named.removeAttribute("id");
    document.querySelector("article").append(card);
    const at = link.getBoundingClientRect();
    const { width, height } = card.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, innerWidth - width - 8));
    const above = at.bottom + height + 8 > innerHeight && at.top > height + 8;
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${(above ? at.top - height - 6 : at.bottom + 6) + scrollY}px`;
  }
  function offer({ target }) {
    const link = target.closest?.("article a.reference.internal[href*='#']");
    if (!link) return;
    clearTimeout(timer);
    timer = setTimeout(() => open(link), WAIT);
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.addEventListener("pointerover", offer);
    document.addEventListener("focusin", offer);
    document.addEventListener("pointerout", ({ target }) => target.closest?.("a.reference.internal") && close());
    document.addEventListener("focusout", close);
    addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    let kept = "";
    try { kept = localStorage.getItem(KEY); } catch { /* as above */ }
    if (kept === "open") show(true);
    reveal();
    follow();
  });
})();
