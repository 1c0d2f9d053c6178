// Lists: the current row (j, k, arrows with Shift), picking (x, Shift), the
// number picked, and everything that the list finds on all its pages.

export const rows = () => [...document.querySelectorAll("[data-row]")];
export const current = () => document.querySelector("[data-row][data-current]");
let last = null;
const boxOf = (row) => row?.querySelector(".tn-pick input");

// extent is where picking with Shift and arrows began.
let extent = null;

export function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(current());
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
  all[at]?.removeAttribute("data-current");
  next.setAttribute("data-current", "");
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("th a, td a") || next.querySelector("a"))?.focus({ preventScroll: true });
}

export function open() {
  (current()?.querySelector("th a") || current()?.querySelector("a"))?.click();
}

export function pick() {
  const box = boxOf(current());
  if (!box) return;
  box.checked = !box.checked;
  last = box;
  extent = null;
  count(box.closest(".tn-list"));
}

// extend picks from where one began, row by row: Shift and an arrow. Back the
// same way it lets go again. It tells whether there was a row to pick.
export function extend(step) {
  const row = current();
  const box = boxOf(row);
  if (!box) return false;
  if (!extent) {
    extent = { from: rows().indexOf(row), was: rows().map((other) => boxOf(other)?.checked) };
    box.checked = true;
  }
  move(step);
  const at = rows().indexOf(current());
  rows().forEach((other, i) => {
    const inside = i >= Math.min(extent.from, at) && i <= Math.max(extent.from, at);
    const own = boxOf(other);
    if (own) own.checked = inside || extent.was[i];
  });
  last = boxOf(current());
  count(box.closest(".tn-list"));
  return true;
}

// pickAll picks the rows of this page, or lets go of them.
export function pickAll() {
  const head = document.querySelector(".tn-list thead .tn-pick input");
  head?.click();
  return Boolean(head);
}

export function clear() {
  extent = null;
  for (const list of document.querySelectorAll(".tn-list")) {
    list.querySelectorAll(".tn-pick input, .tn-bulk [name='all']").forEach((box) => (box.checked = false));
    count(list);
  }
}

function count(list) {
  if (!list) return;
  const boxes = [...list.querySelectorAll("tbody .tn-pick input")];
  const picked = boxes.filter((box) => box.checked).length;
  const everything = list.querySelector(".tn-bulk [name='all']");
  const all = everything?.checked;
  // Everything is offered once a page is picked whole, and taken back with any of its rows.
  if (everything && all && picked < boxes.length) everything.checked = false;
  const text = list.querySelector("[data-picked]");
  if (text) text.textContent = all && everything.checked ? text.dataset.all : text.dataset.picked.replace("%d", picked);
  const head = list.querySelector("thead .tn-pick input");
  if (head) {
    head.checked = picked > 0 && picked === boxes.length;
    head.indeterminate = picked > 0 && picked < boxes.length;
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-clear]")) clear();
  const box = event.target.closest(".tn-pick input");
  if (!box) return;
  const list = box.closest(".tn-list");
  const boxes = [...list.querySelectorAll("tbody .tn-pick input")];
  if (box.closest("thead")) boxes.forEach((other) => (other.checked = box.checked));
  const from = boxes.indexOf(last);
  const to = boxes.indexOf(box);
  if (event.shiftKey && from >= 0 && to >= 0) {
    boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((other) => (other.checked = box.checked));
  }
  if (to >= 0) {
    last = box;
    extent = null;
  }
  count(list);
});
document.addEventListener("change", (event) => {
  if (!event.target.matches(".tn-bulk [name='all']")) return;
  const list = event.target.closest(".tn-list");
  if (event.target.checked) list.querySelectorAll("tbody .tn-pick input").forEach((box) => (box.checked = true));
  count(list);
});
const countAll = () => document.querySelectorAll(".tn-list").forEach(count);
addEventListener("pageshow", countAll);
document.addEventListener("htmx:afterSwap", countAll);
