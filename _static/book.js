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
  document.addEventListener("DOMContentLoaded", () => {
    let kept = "";
    try { kept = localStorage.getItem(KEY); } catch { /* as above */ }
    if (kept === "open") show(true);
    reveal();
    follow();
  });
})();
