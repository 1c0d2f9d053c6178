// Files are attached by dropping them on the page or pasting them.
//   <form data-drop> with an <input type="file">

const target = () => document.querySelector("form[data-drop]");

function send(files) {
  const form = target();
  const input = form?.querySelector("input[type=file]");
  if (!input || files.length === 0) return;
  const all = new DataTransfer();
  for (const file of files) all.items.add(file);
  input.files = all.files;
  form.requestSubmit();
}

const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");

if (target()) {
  const hint = target().querySelector("[data-drop-hint]");
  if (hint) hint.hidden = false;
  let depth = 0;
  const mark = (on) => target()?.classList.toggle("tn-drop-on", on);
  document.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    depth += 1;
    mark(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!carries(event)) return;
    depth = Math.max(0, depth - 1);
    if (depth === 0) mark(false);
  });
  document.addEventListener("dragover", (event) => {
    if (carries(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth = 0;
    mark(false);
    send(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length > 0) {
      event.preventDefault();
      send(event.clipboardData.files);
    }
  });
}
