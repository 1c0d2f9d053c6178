// Pages that also fit into a dialog: <a href="/page" data-load="dialog">. The
// page is asked for, and what it marks with data-dialog-body is shown over
// this one. Without scripts, or when that fails, the link is a link.
import { show as showChoices } from "./choices.js";
import { startAll as startSuggestions } from "./suggest.js";

async function load(link) {
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const body = page.querySelector("[data-dialog-body]");
  if (!body) throw new Error("no dialog");
  const dialog = document.createElement("dialog");
  dialog.className = "tn-dialog tn-dialog-loaded";
  const title = document.createElement("h2");
  title.id = "tn-loaded-title";
  title.className = "tn-dialog-head";
  title.textContent = page.querySelector("h1")?.textContent.trim() || link.textContent.trim();
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(title, document.importNode(body, true));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelectorAll("[data-choice]").forEach(showChoices);
  startSuggestions();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-load]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  load(link).catch(() => location.assign(link.href));
});

// A record that is shown was opened by its reader.
const opened = document.querySelector("[data-opened]");
if (opened) {
  const form = new URLSearchParams({ id: opened.dataset.opened });
  fetch("/opened", { method: "POST", body: form, keepalive: true }).catch(() => {});
}
