// Dialogs and menus.
//   <a href="/page" data-dialog="id">: opens that dialog instead of its page.
//   [data-close] inside a dialog closes it; focus goes back by itself.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  const closer = event.target.closest("[data-close]");
  const open = closer?.closest("dialog[open]");
  if (open) {
    event.preventDefault();
    open.close();
  }
  for (const menu of document.querySelectorAll("details.tn-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A dialog that the server sent open becomes modal.
for (const dialog of document.querySelectorAll("dialog[data-modal][open]")) {
  dialog.open = false;
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.tn-menu[open]");
  if (!menu) return;
  const items = [...menu.querySelectorAll(".tn-menu-body :is(a, button, select, input)")];
  const at = items.indexOf(document.activeElement);
  if (event.key === "Escape") {
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (document.activeElement.tagName === "SELECT") return;
    event.preventDefault();
    items[(at + (event.key === "ArrowDown" ? 1 : items.length - (at < 0 ? 0 : 1))) % items.length]?.focus();
  }
}, true);

// Focus that leaves a menu closes it.
document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details.tn-menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});
