// Fields that name an organization. Without scripts the server resolves what
// was typed; here it is offered while typing.
//   <input data-suggest="/organizations/suggest" data-into="id of hidden input">
// The address answers ?q= with <li role="option" data-value="12">...</li>, or with
// <p data-none> in words: a line below the field says that, to ears as well, and
// is nothing that could be chosen.

import { said } from "./words.js";

function start(input) {
  if (input.dataset.ready) return;
  input.dataset.ready = "1";
  const list = document.createElement("ul");
  list.className = "tn-suggest-list";
  list.id = input.id + "-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.listLabel || said("offers"));
  list.hidden = true;
  const none = document.createElement("p");
  none.className = "tn-suggest-none";
  none.setAttribute("role", "status");
  input.after(list, none);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" })) {
    input.setAttribute(name, value);
  }
  const into = document.getElementById(input.dataset.into);
  let asked = null;
  let timer = 0;
  const options = () => [...list.querySelectorAll("[role=option]")];

  function show(open, words = "") {
    list.hidden = !open;
    none.textContent = words;
    input.setAttribute("aria-expanded", String(open));
    if (!open) input.removeAttribute("aria-activedescendant");
  }
  function mark(at) {
    options().forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const chosen = options()[at];
    if (!chosen) return;
    input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }
  function choose(option) {
    input.value = option.dataset.text || option.textContent.trim();
    if (into) into.value = option.dataset.value;
    show(false);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const address = new URL(input.dataset.suggest, location.href);
    address.searchParams.set("q", input.value);
    try {
      const answer = await fetch(address, { signal: asked.signal, headers: { "HX-Request": "true" } });
      if (!answer.ok) return show(false);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.replaceChildren(...page.querySelectorAll("[role=option]"));
      options().forEach((option, i) => {
        option.id = `${list.id}-${i}`;
        option.setAttribute("aria-selected", "false");
      });
      const found = options().length > 0;
      show(found, found ? "" : (page.querySelector("[data-none]")?.textContent ?? ""));
    } catch (error) {
      if (error.name !== "AbortError") show(false);
    }
  }
  input.addEventListener("input", () => {
    if (into) into.value = "";
    clearTimeout(timer);
    if (input.value.trim() === "") {
      asked?.abort();
      return show(false);
    }
    timer = setTimeout(ask, 120);
  });
  input.addEventListener("keydown", (event) => {
    const at = options().findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return ask();
      const n = options().length;
      mark(event.key === "ArrowDown" ? (at + 1) % n : (at <= 0 ? n : at) - 1);
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      choose(options()[at]);
    } else if (event.key === "Escape" && (!list.hidden || none.textContent !== "")) {
      event.preventDefault();
      show(false);
    }
  });
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    choose(option);
  });
  input.addEventListener("blur", () => {
    clearTimeout(timer);
    asked?.abort();
    show(false);
  });
}

export const startAll = () => document.querySelectorAll("[data-suggest]").forEach(start);
startAll();
document.addEventListener("htmx:afterSwap", startAll);
