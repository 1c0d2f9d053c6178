// Secrets and copying.
//   <span data-secret data-seconds="30">: taken off the page after that time;
//   <span data-left> beside it counts down, and so does <progress data-bar>.
//   <button data-copy="id">: copies the text of that element, or data-text.

import { said } from "./words.js";

const done = "tn-copied";

async function copy(button) {
  const from = document.getElementById(button.dataset.copy);
  const text = button.dataset.text ?? from?.value ?? from?.textContent ?? "";
  const say = document.getElementById("tn-say");
  try {
    await navigator.clipboard.writeText(text.trim());
    if (say) say.textContent = button.dataset.copied || said("copied");
    button.classList.add(done);
    setTimeout(() => button.classList.remove(done), 2000);
  } catch {
    if (say) say.textContent = button.dataset.refused || said("refused");
    if (from) getSelection().selectAllChildren(from);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-text]");
  if (button) copy(button);
  const hide = event.target.closest("[data-hide]");
  if (hide) conceal(document.getElementById(hide.dataset.hide));
});

function conceal(secret) {
  if (!secret) return;
  secret.textContent = "••••••••••••";
  secret.removeAttribute("data-secret");
  secret.dispatchEvent(new CustomEvent("tn:hidden", { bubbles: true }));
  const left = document.querySelector(`[data-left="${CSS.escape(secret.id)}"]`);
  if (left) left.textContent = left.dataset.hidden || said("over");
}

function watch(secret) {
  if (secret.dataset.watched) return;
  secret.dataset.watched = "1";
  const ends = performance.now() + 1000 * (Number(secret.dataset.seconds) || 30);
  const left = document.querySelector(`[data-left="${CSS.escape(secret.id)}"]`);
  const bar = document.querySelector(`[data-bar="${CSS.escape(secret.id)}"]`);
  const timer = setInterval(() => {
    if (bar) bar.value = Math.max(0, (ends - performance.now()) / 1000);
    const seconds = Math.ceil((ends - performance.now()) / 1000);
    if (!secret.isConnected || !secret.hasAttribute("data-secret")) return clearInterval(timer);
    if (seconds <= 0) {
      clearInterval(timer);
      conceal(secret);
    } else if (left) {
      left.textContent = left.dataset.text.replace("%d", seconds);
    }
  }, 250);
}

const watchAll = () => document.querySelectorAll("[data-secret]").forEach(watch);
watchAll();
document.addEventListener("htmx:afterSwap", watchAll);
// A secret does not wait in the browser's memory of pages.
addEventListener("pagehide", () => document.querySelectorAll("[data-secret]").forEach(conceal));
