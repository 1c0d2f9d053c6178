// Keys. Anything with data-key="e" is pressed by e, data-go="o" by g and then
// o. Never inside fields; single letters can be switched off (choice "keys").
import * as list from "./rows.js";
import * as palette from "./palette.js";

let waiting = 0;

const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const modal = () => document.querySelector("dialog[open]:modal");
const focusOn = (selector) => {
  const field = document.querySelector(selector);
  field?.focus();
  field?.select?.();
  return field;
};

const acts = {
  j: () => list.move(1),
  k: () => list.move(-1),
  x: () => list.pick(),
  f: () => focusOn("[data-filter]"),
  "/": () => palette.open() || focusOn("[data-search]"),
  "?": () => document.getElementById("tn-keys")?.showModal(),
};

function press(selector) {
  const target = [...document.querySelectorAll(selector)].find((element) => element.checkVisibility());
  target?.click();
  return target;
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    if (palette.toggle() || focusOn("[data-search]")) event.preventDefault();
    return;
  }
  if (event.key === "Escape" && !modal() && !event.defaultPrevented) {
    if (typing(event.target)) event.target.blur();
    else list.clear();
    return;
  }
  if (event.shiftKey && (event.key === "ArrowDown" || event.key === "ArrowUp") && !typing(event.target) && !modal()) {
    if (list.extend(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || modal() || document.documentElement.dataset.keys === "off") return;
  const key = event.key;
  if (!/^[a-z0-9/?[\]]$/.test(key)) return;
  if (waiting) {
    clearTimeout(waiting);
    waiting = 0;
    if (press(`[data-go="${CSS.escape(key)}"]`)) event.preventDefault();
    return;
  }
  if (key === "g") {
    waiting = setTimeout(() => (waiting = 0), 1200);
    return;
  }
  if (acts[key]) {
    acts[key]();
    event.preventDefault();
  } else if (press(`[data-key="${CSS.escape(key)}"]`)) {
    event.preventDefault();
  }
});
