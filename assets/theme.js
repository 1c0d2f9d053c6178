// Sets light or dark before the first paint; loaded in <head>, without defer.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem("theme");
    } catch {
      // Storage may be forbidden; the system's choice then holds.
    }
    document.documentElement.dataset.bsTheme = chosen || (dark.matches ? "dark" : "light");
  };
  dark.addEventListener("change", apply);
  apply();
})();
