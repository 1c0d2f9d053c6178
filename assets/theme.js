// Sets light or dark before the first paint; loaded in <head>, without defer.
// "light" and "dark" are the reader's choice; none follows the system.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") {
      document.documentElement.dataset.theme = chosen;
    }
  } catch {
    // Storage may be forbidden; the system's choice then holds.
  }
})();
