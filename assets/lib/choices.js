// What a reader sets for this browser: theme, keys, dense rows.
//   <select data-choice="theme">, <input type="checkbox" data-choice="keys">

export function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // Without storage the choice holds for this page only.
  }
}

const root = document.documentElement;
const apply = {
  theme(value) {
    root.dataset.themeChanging = "";
    if (value) root.dataset.theme = value;
    else delete root.dataset.theme;
    requestAnimationFrame(() => requestAnimationFrame(() => delete root.dataset.themeChanging));
  },
  keys(value) {
    root.dataset.keys = value || "on";
  },
  rows(value) {
    root.classList.toggle("tn-dense", value === "dense");
  },
};

for (const name of Object.keys(apply)) {
  if (read(name)) apply[name](read(name));
}

export function show(control) {
  const value = read(control.dataset.choice) || "";
  if (control.type === "checkbox") control.checked = value !== control.dataset.off;
  else control.value = value;
}

document.querySelectorAll("[data-choice]").forEach(show);
// choose sets a choice and the controls that show it.
export function choose(name, value) {
  write(name, value);
  apply[name]?.(value);
  document.querySelectorAll(`[data-choice="${CSS.escape(name)}"]`).forEach(show);
}
document.addEventListener("change", (event) => {
  const control = event.target.closest("[data-choice]");
  if (!control) return;
  const value = control.type === "checkbox" ? (control.checked ? "" : control.dataset.off) : control.value;
  choose(control.dataset.choice, value);
});
