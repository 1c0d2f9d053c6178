// Passwords are generated in the browser, and their strength is said while
// they are typed. Without scripts the server does both.
//   <div data-generator="id of the field"> with the controls inside

const letters = { lower: "abcdefghijklmnopqrstuvwxyz", upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", digits: "0123456789", symbols: "!#$%&()*+,-./:;<=>?@[]^_{|}~" };
const alike = "0Oo1Il|5S2Z8B'`\"";

// Every number below n is equally likely: what would favour the low ones is
// thrown away.
function below(n) {
  const limit = Math.floor(2 ** 32 / n) * n;
  const box = new Uint32Array(1);
  do crypto.getRandomValues(box);
  while (box[0] >= limit);
  return box[0] % n;
}

const draw = (from) => from[below(from.length)];

function characters(length, kinds) {
  const all = kinds.join("");
  for (;;) {
    const text = Array.from({ length }, () => draw(all)).join("");
    if (kinds.every((kind) => [...text].some((c) => kind.includes(c)))) return text;
  }
}

function phrase(words) {
  const word = () => Array.from({ length: 3 }, () => draw("bdfghjklmnprstvz") + draw("aeiou")).join("");
  return Array.from({ length: words }, word).join("-");
}

const within = (value, low, high, first) => Math.min(high, Math.max(low, Number(value) || first));

function generate(box) {
  const named = (name) => box.querySelector(`[name="generate.${name}"]`);
  if (box.querySelector("[name='generate.sort']:checked")?.value === "phrase") return phrase(within(named("words").value, 3, 20, 5));
  let kinds = Object.keys(letters).filter((name) => named(name).checked);
  if (kinds.length === 0) kinds = Object.keys(letters);
  const left = (text) => (named("alike").checked ? [...text].filter((c) => !alike.includes(c)).join("") : text);
  return characters(within(named("length").value, 8, 256, 20), kinds.map((name) => left(letters[name])));
}

let timer = 0;
async function rate(box, value) {
  const line = box.querySelector("[data-strength]");
  if (!line) return;
  if (!value) {
    line.replaceChildren();
    return;
  }
  const answer = await fetch("/strength", { method: "POST", body: new URLSearchParams({ value }) });
  if (!answer.ok || answer.redirected) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  line.replaceChildren(...parsed.body.childNodes);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-generator] button[name=generate]");
  if (!button) return;
  event.preventDefault();
  const box = button.closest("[data-generator]");
  const field = document.getElementById(box.dataset.generator);
  field.value = generate(box);
  field.type = "text";
  document.querySelector(`[data-show="${CSS.escape(field.id)}"]`)?.setAttribute("aria-pressed", "true");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

document.addEventListener("input", (event) => {
  const box = event.target.id && document.querySelector(`[data-generator="${CSS.escape(event.target.id)}"]`);
  if (!box) return;
  clearTimeout(timer);
  timer = setTimeout(() => rate(box, event.target.value), 250);
});
