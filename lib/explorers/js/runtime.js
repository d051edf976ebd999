// Gives the explorers of a page the model that a Jupyter kernel would give them, and the state in its address.
function modelOf(state, share) {
  const acts = [];
  return { share,
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
// "#delta.1:{...}" is the state of the second delta explorer of the page
function shared(key) {
  const [name, ...rest] = decodeURIComponent(location.hash.slice(1)).split(":");
  if (name !== key) return null;
  try {
    const state = JSON.parse(rest.join(":"));
    return state && typeof state === "object" && !Array.isArray(state) ? state : null;
  } catch (error) { return null; }
}
async function mount(div, explorers, key) {
  const own = JSON.parse(div.querySelector("script[type='application/json']").textContent);
  const linked = shared(key);
  const link = (state) => `${location.href.split("#")[0]}#${key}:${encodeURIComponent(JSON.stringify(state))}`;
  const el = document.createElement("div");
  div.append(el);
  div.classList.add("explorer-on");
  try {
    await explorers[div.dataset.explorer].render({ model: modelOf({ ...own, ...linked }, link), el });
    if (linked) div.scrollIntoView({ block: "center" });
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
      const kind = div.dataset.explorer, k = (seen[kind] = (seen[kind] ?? -1) + 1);
      if (!explorers[kind] || /explorer-(on|failed)/.test(div.className)) continue;
      mount(div, explorers, k ? `${kind}.${k}` : kind);
    }
  };
  addEventListener("hashchange", () => {             // a link to the page that is open already
    const kind = decodeURIComponent(location.hash.slice(1)).split(/[.:]/)[0];
    if (location.hash.includes(":") && explorers[kind]) location.reload();
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all);
  else all();
}
