// Work that takes its time. Where something runs, the top bar carries
// data-work="12,13"; how far each is stands in data-progress="12". The server
// tells by events; where these do not get through, it is asked every few
// seconds. What has ended is fetched as a line for the top of the page, or,
// where the page is about it, the page is loaded again.

const bar = document.querySelector("[data-work]");
const handled = new Set();
let known = bar ? bar.dataset.work.split(",") : [];

function show(state) {
  const running = new Set(state.work.map((line) => String(line.id)));
  for (const line of state.work) {
    for (const place of document.querySelectorAll(`[data-progress="${line.id}"]`)) {
      const meter = place.querySelector("progress");
      if (line.total > 0) {
        meter.max = line.total;
        meter.value = line.done;
      }
      place.querySelector("[data-words]").textContent = line.words;
    }
  }
  for (const count of document.querySelectorAll("[data-running]")) count.textContent = state.running;
  bar.hidden = state.running === 0;
  const ended = known.filter((id) => id && !running.has(id) && !handled.has(id));
  known = [...new Set([...known, ...running])];
  if (ended.length > 0) end(ended);
}

// What somebody has begun to type is never taken away from them. (The value of
// a box that is ticked says nothing of that: without one of its own it is "on".)
const typed = () =>
  [...document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea")].some((field) => field.value !== field.defaultValue);

async function end(ids) {
  for (const id of ids) handled.add(id);
  const here = ids.some((id) => document.querySelector(`[data-progress="${id}"]`));
  if (here && !typed()) {
    location.reload();
    return;
  }
  const answer = await fetch("/running/notices", { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const lines = document.createElement("template");
  lines.innerHTML = await answer.text();
  const say = lines.content.textContent.trim().replace(/\s+/g, " ");
  document.getElementById("tn-notices").append(lines.content);
  document.getElementById("tn-say").textContent = say;
}

async function poll() {
  try {
    const answer = await fetch("/running/state", { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const state = await answer.json();
    show(state);
    if (state.running > 0) setTimeout(poll, 3000);
  } catch {
    setTimeout(poll, 10000);
  }
}

function listen() {
  const events = new EventSource("/running/events");
  let heard = false;
  let failures = 0;
  events.addEventListener("work", (event) => {
    heard = true;
    failures = 0;
    show(JSON.parse(event.data));
  });
  events.addEventListener("idle", (event) => {
    events.close();
    heard = true;
    show(JSON.parse(event.data));
  });
  const giveUp = () => {
    events.close();
    poll();
  };
  events.addEventListener("error", () => {
    failures += 1;
    if (events.readyState === EventSource.CLOSED || failures > 2) giveUp();
  });
  // A proxy may hold back what belongs to an answer that has not ended.
  setTimeout(() => {
    if (!heard && events.readyState !== EventSource.CLOSED) giveUp();
  }, 6000);
  addEventListener("pagehide", () => events.close());
}

if (bar) {
  if (window.EventSource) listen();
  else poll();
}
