// Forms: nothing typed is lost, nothing is sent twice, focus goes to what is
// wrong, and a button that is not possible says so instead of acting.

const dirty = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.hasAttribute("data-guard")) dirty.add(form);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (button?.getAttribute("aria-disabled") === "true" || form.dataset.sent) {
    event.preventDefault();
    return;
  }
  dirty.delete(form);
  if (form.method === "post" && !form.hasAttribute("hx-post") && !form.hasAttribute("data-again")) {
    form.dataset.sent = "1";
    button?.setAttribute("aria-busy", "true");
  }
});
// A form that was drawn anew is still the one that somebody typed into.
document.addEventListener("htmx:afterSwap", () => {
  for (const form of [...dirty]) {
    if (form.isConnected) continue;
    dirty.delete(form);
    const next = form.id && document.getElementById(form.id);
    if (next) dirty.add(next);
  }
});
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});
addEventListener("beforeunload", (event) => {
  if (dirty.size > 0) event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[aria-disabled='true']")) event.preventDefault();
}, true);

function focusErrors() {
  document.querySelector("[data-errors]")?.focus();
}
focusErrors();
document.addEventListener("htmx:afterSwap", focusErrors);

// <button type="button" data-show="id">: shows what is typed into a password field.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show]");
  const input = button && document.getElementById(button.dataset.show);
  if (!input) return;
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
});

// A filter is applied when a choice in it changes.
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-apply]")) event.target.form.requestSubmit();
});
