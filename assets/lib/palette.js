// The palette: search everything while typing, and commands after >. The input
// is a combobox over a listbox; the server draws the options, so that rights,
// order and words are decided in one place.
import { choose } from "./choices.js";
import { said } from "./words.js";

const dialog = document.getElementById("tn-palette");
let input, list, foot, say;

// make builds what is in the dialog, when it is opened first.
function make() {
  const tag = (name, className, attributes, ...children) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const { hint, found, shut } = dialog.dataset;
  input = tag("input", "tn-palette-input", {
    name: "q", id: "tn-palette-input", role: "combobox", "aria-label": dialog.getAttribute("aria-label"), "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": "tn-palette-list", placeholder: hint, autocomplete: "off", spellcheck: "false", maxlength: "500", autofocus: "",
  });
  list = tag("div", "tn-palette-list", { id: "tn-palette-list", role: "listbox", "aria-label": found, tabindex: "-1" });
  say = tag("p", "", { role: "status" });
  foot = tag("div", "tn-palette-foot", {}, say);
  dialog.append(tag("form", "tn-palette-box", { action: "/search" }, input, tag("button", "tn-tool", { type: "button", "data-close": "", "aria-label": shut }, "×")), list, foot);
  listen();
}
const options = () => [...list.querySelectorAll("[role=option]")];
const at = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
let asked = null;
let timer = 0;
let moved = false; // by the arrows, since something was typed

export function open() {
  if (!dialog?.showModal || document.querySelector("dialog[open]:modal")) return false;
  if (!input) make();
  dialog.showModal();
  input.select();
  ask();
  return true;
}

export function toggle() {
  if (!dialog?.open) return open();
  dialog.close();
  return true;
}

function mark(index) {
  options().forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
  const chosen = options()[index];
  if (!chosen) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", chosen.id);
  // The first one shows the head of its group, too.
  (index === 0 ? chosen.parentElement : chosen).scrollIntoView({ block: "nearest" });
}

async function ask() {
  clearTimeout(timer);
  timer = 0;
  asked?.abort();
  const mine = (asked = new AbortController());
  const address = new URL("/search/palette", location.href);
  address.searchParams.set("q", input.value);
  address.searchParams.set("at", location.pathname);
  try {
    const answer = await fetch(address, { signal: mine.signal, headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const words = page.querySelector("[data-say]")?.textContent ?? "";
    const kept = moved ? options()[at()]?.getAttribute("href") : null;
    if (!foot.querySelector("[data-keys-hint]")) foot.append(...page.querySelectorAll("[data-keys-hint]"));
    list.replaceChildren(...page.querySelectorAll("[role=group]"));
    options().forEach((option, i) => (option.id = `tn-palette-${i}`));
    input.setAttribute("aria-expanded", String(options().length > 0));
    say.textContent = words;
    const again = kept ? options().findIndex((option) => option.getAttribute("href") === kept) : -1;
    mark(again >= 0 ? again : input.value.trim() === "" ? -1 : 0);
  } catch (error) {
    if (error.name === "AbortError") return;
    list.replaceChildren();
    mark(-1);
    say.textContent = said("silent");
  } finally {
    if (asked === mine) asked = null;
  }
}

function take(option, elsewhere) {
  if (option.dataset.form) {
    dialog.close();
    document.querySelector(`form[action="${CSS.escape(option.dataset.form)}"]`)?.requestSubmit();
  } else if (option.dataset.themeChoice) {
    choose("theme", option.dataset.themeChoice === "system" ? "" : option.dataset.themeChoice);
    dialog.close();
  } else if (elsewhere) {
    window.open(option.href, "_blank", "noopener");
  } else {
    location.assign(option.href);
  }
}

function listen() {
  input.addEventListener("input", () => {
    clearTimeout(timer);
    moved = false;
    timer = setTimeout(ask, 90);
  });
  dialog.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      // One moves in what was typed, and not in what was found on the way to it.
      if (timer || asked) await ask();
      moved = true;
      const n = options().length;
      if (n > 0) mark(event.key === "ArrowDown" ? (at() + 1) % n : (at() <= 0 ? n : at()) - 1);
    } else if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      // What is typed fast is looked for before it is opened.
      if (timer || asked) await ask();
      const chosen = options()[at()];
      if (chosen) take(chosen, event.ctrlKey || event.metaKey);
      else if (input.value.trim() !== "") input.form.submit();
    }
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option || (option.href && (event.ctrlKey || event.metaKey || event.shiftKey))) return;
    event.preventDefault();
    take(option, false);
  });
  // A click beside it closes it.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    asked?.abort();
  });
}
