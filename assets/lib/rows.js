// Lists: the current row (j, k), picking (x, Shift), the number picked.

export const rows = () => [...document.querySelectorAll("[data-row]")];
export const current = () => document.querySelector("[data-row][data-current]");
const boxOf = (row) => row?.querySelector(".tn-pick input");

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
  count(box.closest(".tn-list"));
}

export function clear() {
  for (const list of document.querySelectorAll(".tn-list")) {
    list.querySelectorAll(".tn-pick input, .tn-bulk [name='all']").forEach((box) => (box.checked = false));
    count(list);
  }
}

function count(list) {
  if (!list) return;
  const boxes = [...list.querySelectorAll("tbody .tn-pick input")];
  const picked = boxes.filter((box) => box.checked).length;
  const all = list.querySelector(".tn-bulk [name='all']")?.checked;
  const text = list.querySelector("[data-picked]");
  if (text) text.textContent = all ? text.dataset.all : text.dataset.picked.replace("%d", picked);
  const head = list.querySelector("thead .tn-pick input");
  if (head) {
    head.checked = picked > 0 && picked === boxes.length;
    head.indeterminate = picked > 0 && picked < boxes.length;
  }
}

let last = null;
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
  if (to >= 0) last = box;
  count(list);
});
document.addEventListener("change", (event) => {
  if (event.target.matches(".tn-bulk [name='all']")) count(event.target.closest(".tn-list"));
});
const countAll = () => document.querySelectorAll(".tn-list").forEach(count);
addEventListener("pageshow", countAll);
document.addEventListener("htmx:afterSwap", countAll);
