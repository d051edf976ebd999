// A deck: keys, buttons and its address turn the slides; a slide is made to fit, an explorer to
// fill its slide.
const slides = [...document.querySelectorAll(".slide")];
const place = document.querySelector(".deck-foot output");
let here = 0;
function show(number) {
    here = Math.max(0, Math.min(slides.length - 1, number));
    slides.forEach((slide, k) => slide.classList.toggle("here", k === here));
    place.textContent = `${here + 1} / ${slides.length}`;
    history.replaceState(null, "", `#${here + 1}`);
    fit(slides[here]);
}
function fit(slide) {
    const explorer = slide.querySelector("iframe");
    if (explorer) return enlarge(explorer);
    slide.style.fontSize = "";
    for (let size = 100; size >= 70 && slide.scrollHeight > slide.clientHeight; size -= 3) {
        slide.style.fontSize = `${size}%`;
    }
}
// An explorer has a document of its own: it keeps its layout, and is enlarged as a whole.
const wait = (time) => new Promise((done) => setTimeout(done, time));
const inside = (explorer) => explorer.contentDocument?.querySelector("figure");
const scale = (explorer, width = parseFloat(explorer.style.width)) => Math.min(
    0.96 * innerWidth / width, 0.9 * innerHeight / inside(explorer).scrollHeight);
async function enlarge(explorer) {
    const size = `${innerWidth} ${innerHeight}`;
    if (!inside(explorer) || explorer.dataset.size === size) return;
    explorer.dataset.size = size;
    let best = [0, 900];
    for (const width of [1100, 900, 760, 680, 620, 560]) {
        explorer.style.width = `${width}px`;
        await wait(120);
        if (scale(explorer) > best[0]) best = [scale(explorer), width];
    }
    explorer.style.width = `${best[1]}px`;
    explorer.dataset.ready = size;
    put(explorer);
}
function put(explorer) {
    if (!explorer.dataset.ready) return;
    explorer.style.height = `${inside(explorer).scrollHeight + 4}px`;
    explorer.style.transform = `scale(${scale(explorer)})`;
}
const steps = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
function turn(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const paging = event.key.startsWith("Page");
    const own = "input, select, textarea, [role=slider], svg, canvas";
    if (!paging && event.target.closest(own)) return;
    if (event.key in steps) show(here + steps[event.key]);
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(slides.length - 1);
    else return;
    event.preventDefault();
    focus();
}
addEventListener("keydown", turn);
for (const explorer of document.querySelectorAll("iframe")) {
    const ready = () => {
        if (!inside(explorer)) return;  // still the empty document
        explorer.contentDocument.documentElement.dataset.theme =
            document.documentElement.dataset.theme;
        explorer.contentWindow.addEventListener("keydown", turn);
        new ResizeObserver(() => put(explorer)).observe(inside(explorer));
        if (slides[here].contains(explorer)) enlarge(explorer);
    };
    explorer.addEventListener("load", ready);
    if (explorer.contentDocument?.readyState === "complete") ready();
}
document.querySelector("#back").addEventListener("click", () => show(here - 1));
document.querySelector("#on").addEventListener("click", () => show(here + 1));
addEventListener("hashchange", () => show((Number(location.hash.slice(1)) || 1) - 1));
addEventListener("resize", () => fit(slides[here]));
show((Number(location.hash.slice(1)) || 1) - 1);
