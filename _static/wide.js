/* What is wider than the column scrolls in its own box: the box fades at the edge behind which
   there is more (book.css), and the keyboard can scroll it.  Without this it scrolls as well. */
addEventListener("DOMContentLoaded", () => {
  const boxes = document.querySelectorAll(
    "main :is(div.math mjx-container, span.math, .wide, .drawn:not(.cut), "
    + ".drawn:has(> .broad), .highlight pre), "
    + "main .pst-scrollable-table-container");

  function look(box) {
    const unseen = box.scrollWidth - box.clientWidth;
    const slant = box.matches("span.math") ? 8 : 2;    // a letter of a formula may lean out
    if (unseen < slant) {
      if ("more" in box.dataset) {
        delete box.dataset.more;
        box.removeAttribute("tabindex");
      }
      return;
    }
    const left = box.scrollLeft > 1 ? "left" : "";
    const right = box.scrollLeft < unseen - 1 ? "right" : "";
    box.dataset.more = `${left} ${right}`.trim();
    box.tabIndex = 0;
  }

  const watch = new ResizeObserver((seen) => seen.forEach((entry) => look(entry.target)));
  for (const box of boxes) {
    watch.observe(box);
    box.addEventListener("scroll", () => look(box), { passive: true });
  }
});
