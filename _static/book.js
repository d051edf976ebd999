/* What a page does for its reader: opens and remembers folds, follows links into them, lets a
   prediction be made before the picture is seen, and shows what a link leads to beside it. */
(() => {
  "use strict";

  const KEY = "code";                                  // in localStorage: "open" where code is
  const REST = 250;                                    // ms until a link that is touched opens

  // ---- code
  const folds = () => [...document.querySelectorAll("details.code")];

  function show(open) {
    for (const fold of folds()) fold.open = open;
    document.querySelector(".btn-code-switch")?.setAttribute("aria-pressed", open);
  }
  window.switchCode = () => {
    const open = !folds().some((fold) => fold.open && !fold.closest("details.check"));
    try {
      localStorage.setItem(KEY, open ? "open" : "");
    } catch { /* a page from the disk may have no storage */ }
    show(open);
  };
  function remembered() {
    try {
      return localStorage.getItem(KEY) === "open";
    } catch {
      return false;
    }
  }

  // ---- a link to a claim, a solution or a figure opens the folds that it lies in
  function reveal() {
    let target;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return;                                          // an address that was cut
    }
    if (!target) return;
    let closed = false;
    for (let box = target.parentElement; box; box = box.parentElement) {
      if (box.matches("details:not([open])")) {
        closed = box.open = true;
      } else if (box.classList.contains("waits")) {
        closed = true;
        box.classList.remove("waits");
      }
    }
    if (closed) target.scrollIntoView();
  }

  // ---- on a phone the contents lie over the page, and go when a section of it has been chosen
  function uncover() {
    document.getElementById("pst-primary-sidebar-modal")?.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (link?.hash && link.pathname === location.pathname) event.currentTarget.close();
    });
  }

  // ---- the section in view is marked in the contents
  function follow() {
    const links = new Map();
    for (const link of document.querySelectorAll(".book-nav li.current ul a")) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (section) links.set(section, link);
    }
    const seen = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        seen[isIntersecting ? "add" : "delete"](target);
      }
      const here = [...links.keys()].find((section) => seen.has(section));
      for (const [section, link] of links) {
        link.classList.toggle("here", section === here);
        if (section === here) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }, { rootMargin: "-15% 0px -70% 0px" });
    for (const section of links.keys()) observer.observe(section);
  }

  // ---- a prediction waits: what comes next is seen when one of the answers has been chosen
  function ask(box) {
    let next = box.nextElementSibling;
    while (next && !next.querySelector("svg, img, .explorer")) {
      if (!next.matches("details, div.cell")) return;  // a prediction about something else
      next = next.nextElementSibling;
    }
    if (!next) return;
    const list = box.querySelector("ul");  // the answers to choose from; an ol is of questions
    const choices = list ? [...list.children] : [box.appendChild(document.createElement("p"))];
    const chosen = (button) => {
      for (const other of box.querySelectorAll("button.guess")) {
        other.setAttribute("aria-pressed", other === button);
      }
      next.classList.remove("waits");
    };
    for (const choice of choices) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "guess";
      button.setAttribute("aria-pressed", "false");
      if (list) button.append(...choice.childNodes);
      else button.textContent = "I have a guess: show it";
      button.addEventListener("click", () => chosen(button));
      choice.append(button);
    }
    list?.classList.add("guesses");
    if (!next.querySelector(".explorer-linked")) next.classList.add("waits");
  }

  // ---- what a link leads to, shown beside it while the pointer or the focus rests on it
  const LINK = "article a.reference.internal[href*='#']";
  const root = () => new URL(document.documentElement.dataset.content_root, location.href);
  let asked = null;
  let card = null;
  let timer = 0;
  let touched = null;                                  // the link whose turn it is

  function previews() {
    asked ??= new Promise((done) => {
      const script = document.createElement("script");
      script.src = new URL("_static/previews.js", root());
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
    const key = decodeURIComponent(link.href.slice(root().href.length));
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
    const link = target.closest?.(LINK);
    if (!link) return;
    clearTimeout(timer);
    touched = link;
    timer = setTimeout(() => open(link), REST);
  }
  function leave({ target }) {                         // a page that scrolls under a pointer, too
    if (touched?.contains(target)) close();
  }

  // ---- on paper solutions are open, and stand at the end
  const paper = matchMedia("print");
  let moved = null;
  let hints = [];

  function number(solution) {                          // of the exercise before it: "1.1"
    const before = [...document.querySelectorAll("article .exercise")].filter((exercise) =>
      exercise.compareDocumentPosition(solution) & Node.DOCUMENT_POSITION_FOLLOWING);
    return before.at(-1)?.querySelector(".caption-number")?.textContent.match(/[\d.]+\d/)?.[0];
  }

  function print() {
    const solutions = document.querySelectorAll("article .solution");
    if (moved || !solutions.length) return;
    const end = document.createElement("section");
    end.append(Object.assign(document.createElement("h2"), { textContent: "Solutions" }));
    hints = [...document.querySelectorAll("article details.sd-dropdown:not([open])")];
    hints.forEach((hint) => { hint.open = true; });
    solutions.forEach((solution) => {                  // its title shows it (book.css)
      solution.querySelector(".admonition-title").dataset.of = number(solution) ?? "";
    });
    moved = [...solutions].map((solution) => {
      const place = document.createComment("solution");
      solution.replaceWith(place);
      end.append(solution);
      return [place, solution];
    });
    document.querySelector("article").append(end);
  }
  function back() {
    moved?.forEach(([place, solution]) => place.replaceWith(solution));
    hints.forEach((hint) => { hint.open = false; });
    if (moved) document.querySelector("article > section:last-of-type").remove();
    moved = null;
  }
  addEventListener("beforeprint", print);
  addEventListener("afterprint", back);
  paper.addEventListener("change", () => (paper.matches ? print() : back()));

  addEventListener("hashchange", reveal);
  addEventListener("DOMContentLoaded", () => {
    document.addEventListener("pointerover", offer);
    document.addEventListener("focusin", offer);
    document.addEventListener("pointerout", leave);
    document.addEventListener("focusout", leave);
    addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    document.querySelectorAll(".admonition.predict").forEach(ask);
    if (remembered()) show(true);
    reveal();
    follow();
    uncover();
  });
})();
