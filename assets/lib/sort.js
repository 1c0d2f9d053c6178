// Lists that are put into order by dragging. Buttons that move an entry one
// place do the same without scripts and by keys.
//   <ol data-sortable="form">: the entries' data-sort are the values of that
//   form's fields "order", which is sent when an entry is dropped. Without a
//   form the entries only change places, and the list says so ("tn:sorted").

function gripOf(item) {
  if (item.dataset.ready) return;
  item.dataset.ready = "1";
  const grip = document.createElement("span");
  grip.className = "tn-grip";
  grip.setAttribute("aria-hidden", "true");
  grip.textContent = "⠿";
  grip.draggable = true;
  item.prepend(grip);
}

let dragged = null;
const listOf = (target) => target.closest?.("[data-sortable]");
const itemOf = (target) => target.closest?.("[data-sort]");

document.addEventListener("dragstart", (event) => {
  if (!event.target.classList?.contains("tn-grip")) return;
  dragged = itemOf(event.target);
  dragged.classList.add("tn-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.sort);
});
document.addEventListener("dragover", (event) => {
  const over = dragged && itemOf(event.target);
  if (!over || over.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  const box = over.getBoundingClientRect();
  const after = event.clientY > box.top + box.height / 2;
  if (over !== dragged) over[after ? "after" : "before"](dragged);
});
document.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
});
document.addEventListener("dragend", () => {
  if (!dragged) return;
  const list = listOf(dragged);
  dragged.classList.remove("tn-dragged");
  dragged = null;
  list.dispatchEvent(new CustomEvent("tn:sorted", { bubbles: true }));
  const form = document.getElementById(list.dataset.sortable);
  if (!form) return;
  const order = [...list.querySelectorAll(":scope > [data-sort]")].map((item) => item.dataset.sort);
  const fields = [...form.querySelectorAll("[name=order]")];
  if (fields.every((field, i) => field.value === order[i])) return;
  fields.forEach((field, i) => (field.value = order[i]));
  form.requestSubmit();
});

const startSorting = () => document.querySelectorAll("[data-sortable] > [data-sort]").forEach(gripOf);
startSorting();
document.addEventListener("htmx:afterSwap", startSorting);
document.addEventListener("tn:sortable", startSorting);
