// Gives the explorers of a page the model that a Jupyter kernel would give them, and the state in
// its address.
function modelOf(state, share, damaged) {
  const acts = [];
  return { share, damaged,
    get: (key) => state[key],
    set(key, value) {
      if (JSON.stringify(state[key]) === JSON.stringify(value)) return;
      state[key] = value;
      for (const [event, act] of acts) if (event === `change:${key}`) act();
    },
    on: (...listener) => acts.push(listener),
    off() {},                                         // they live as long as the page
    save_changes() {},
  };
}
// "#delta.1:{...}" is the state of the second delta explorer of the page: { key, state }, without a
// state where the rest cannot be read, or null for an address that means something else.
export function linkOf(hash) {
  const [, key, rest] = /^#(\w+(?:\.\d+)?)(?::|%3A)(.*)$/is.exec(hash) ?? [];
  if (!key) return null;
  try {
    const state = JSON.parse(decodeURIComponent(rest));
    if (state && typeof state === "object" && !Array.isArray(state)) return { key, state };
  } catch (error) { /* cut short, or mangled on its way */ }
  return { key };
}
// The top of it below the page's own bar, also when what is above has got its size
function bringIntoView(div) {
  const show = () => div.scrollIntoView({ block: "start" });
  const stop = new AbortController();
  show();
  for (const type of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    addEventListener(type, () => stop.abort(), { once: true, signal: stop.signal });
  }
  addEventListener("load", show, { once: true, signal: stop.signal });
}
async function mount(div, explorers, key) {
  const own = JSON.parse(div.querySelector("script[type='application/json']").textContent);
  const found = linkOf(location.hash);
  const linked = found?.key === key;
  const state = linked ? { ...own, ...found.state } : own;
  const link = (value) =>
    `${location.href.split("#")[0]}#${key}:${encodeURIComponent(JSON.stringify(value))}`;
  const el = document.createElement("div");
  if (linked) {                                       // whoever follows a link to it wants to see it
    div.classList.add("explorer-linked");
    div.closest("[hidden]")?.removeAttribute("hidden");
  }
  div.append(el);
  div.classList.add("explorer-on");
  try {
    const model = modelOf(state, link, linked && !found.state);
    await explorers[div.dataset.explorer].render({ model, el });
    if (linked) bringIntoView(div);
  } catch (error) {                                  // the fallback picture stays
    el.remove();
    div.classList.replace("explorer-on", "explorer-failed");
    console.error(`explorer ${key}:`, error);
  }
}
export function enliven(explorers) {
  const all = () => {
    const seen = {};
    for (const div of document.querySelectorAll(".explorer[data-explorer]")) {
      const kind = div.dataset.explorer;
      const k = (seen[kind] = (seen[kind] ?? -1) + 1);
      if (!explorers[kind] || /explorer-(on|failed)/.test(div.className)) continue;
      mount(div, explorers, k ? `${kind}.${k}` : kind);
    }
  };
  addEventListener("hashchange", () => {             // a link to the page that is open already
    const found = linkOf(location.hash);
    if (found && explorers[found.key.split(".")[0]]) location.reload();
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all);
  else all();
}
