// The editor of documents, loaded only on their forms. The server draws the
// tools and tidies what is sent; without this script a text area of Markdown
// is there instead.
import Squire from "squire-rte";
import { startSorting } from "./lib/sorting.js";

const keep = { A: ["href", "data-record"], IMG: ["src", "alt", "width", "height"], TD: ["colspan", "rowspan"], TH: ["colspan", "rowspan"], LI: ["data-checked"], OL: ["start"], DIV: ["data-step", "data-gallery"] };
const never = "script, style, iframe, object, embed, form, input, button, select, textarea, svg, math, link, meta, template, noscript, title";

// clean takes what is pasted apart before it is shown; the server cleans again.
function clean(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const element of page.body.querySelectorAll(never)) element.remove();
  for (const element of page.body.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) {
      if (!keep[element.tagName]?.includes(name)) element.removeAttribute(name);
    }
    if (/^\s*(javascript|data|vbscript):/i.test(element.getAttribute("href") || "")) element.removeAttribute("href");
    if (element.dataset.record) element.contentEditable = "false";
  }
  const fragment = document.createDocumentFragment();
  fragment.append(...document.importNode(page.body, true).childNodes);
  return fragment;
}

function start(box) {
  const frame = box.querySelector("[data-frame]");
  const root = box.querySelector("[data-text]");
  const source = box.querySelector("textarea");
  const format = box.querySelector("[name=body_format]");
  const say = (text) => (document.getElementById("tn-say").textContent = text);
  const button = (act) => frame.querySelector(`[data-do="${act}"]`);
  frame.hidden = false;
  source.hidden = true;
  box.querySelector("label").htmlFor = "";
  box.querySelector("#tn-editor-help").hidden = true;
  box.querySelector("[data-keys-help]").hidden = false;
  const editor = new Squire(root, { blockTag: "P", addLinks: false, sanitizeToDOMFragment: clean, undo: { documentSizeThreshold: -1, undoLimit: 200 } });
  editor.setHTML(box.querySelector("template[data-html]").innerHTML);
  // Squire listens on the text itself, in the capture phase, and was there
  // first: its keys move the cursor before anybody else could look where it
  // was. What stands on the box comes before it.
  const first = (type, fn) => box.addEventListener(type, (event) => root.contains(event.target) && fn(event), true);
  first("keydown", onKey);
  editor.moveCursorToStart();

  const at = () => {
    const node = editor.getSelection().startContainer;
    return node.nodeType === 1 ? node : node.parentElement;
  };
  const inside = (selector) => {
    const found = at()?.closest(selector);
    return found && found !== root && root.contains(found) ? found : null;
  };
  // top is what the cursor is in, of what stands in the body itself.
  const top = () => {
    let node = at();
    while (node && node.parentElement !== root) node = node.parentElement;
    return node;
  };
  function change(fn) {
    editor.saveUndoState();
    editor.modifyDocument(fn);
    changed();
  }
  function caret(element, end = false) {
    const range = document.createRange();
    range.selectNodeContents(element);
    range.collapse(!end);
    editor.focus();
    editor.setSelection(range);
  }
  function renamed(element, tag) {
    const other = document.createElement(tag);
    other.append(...element.childNodes);
    element.replaceWith(other);
    return other;
  }
  function setBlock(kind) {
    if (kind === "PRE") return inside("pre") ? editor.removeCode() : editor.code();
    if (inside("pre")) editor.removeCode();
    if (kind === "BLOCKQUOTE") return inside("blockquote") ? editor.removeQuote() : editor.increaseQuoteLevel();
    if (inside("blockquote")) editor.removeQuote();
    if (kind === "step" || kind === "gallery") return wrap(kind);
    const boxed = inside("[data-step], [data-gallery]");
    if (boxed && kind !== "P") unwrap(boxed);
    if (boxed && kind === "P" && !inside("h2, h3, h4, h5, h6")) return change(() => unwrap(boxed));
    editor.modifyBlocks((fragment) => {
      for (const block of fragment.querySelectorAll("p, h2, h3, h4, h5, h6, div:not([data-step], [data-gallery])")) {
        if (!block.querySelector("p, h2, h3, h4, h5, h6, ul, ol, table, div")) renamed(block, kind);
      }
      return fragment;
    });
  }
  function unwrap(element) {
    const first = element.firstElementChild;
    element.replaceWith(...element.childNodes);
    if (first) caret(first);
  }
  function wrap(kind) {
    const boxed = inside("[data-step], [data-gallery]");
    if (boxed) return change(() => unwrap(boxed));
    const block = top();
    if (!block) return;
    change(() => {
      const div = document.createElement("div");
      div.setAttribute("data-" + kind, "");
      block.replaceWith(div);
      div.append(block);
      if (!div.nextElementSibling) div.after(emptyBlock());
      caret(div.firstElementChild, true);
    });
  }
  function emptyBlock() {
    const p = document.createElement("p");
    p.append(document.createElement("br"));
    return p;
  }
  function checkList() {
    const list = inside("ul");
    const checked = list?.querySelector(":scope > li[data-checked]");
    if (!list) editor.makeUnorderedList();
    const now = inside("ul");
    if (!now) return;
    change(() => now.querySelectorAll(":scope > li").forEach((li) => (checked ? delete li.dataset.checked : (li.dataset.checked ??= "false"))));
  }
  function table() {
    const row = (tag) => `<tr>${`<${tag}><br></${tag}>`.repeat(3)}</tr>`;
    editor.insertHTML(`<table><thead>${row("th")}</thead><tbody>${row("td").repeat(2)}</tbody></table><p><br></p>`);
    const made = [...root.querySelectorAll("table")].find((t) => !t.textContent.trim());
    if (made) caret(made.querySelector("th"));
  }
  function cells(act) {
    const cell = inside("td, th");
    const row = cell?.parentElement;
    const whole = row?.closest("table");
    if (!whole) return;
    const blank = (tag) => {
      const made = document.createElement(tag);
      made.append(document.createElement("br"));
      return made;
    };
    const column = cell.cellIndex;
    change(() => {
      if (act === "row") {
        const made = document.createElement("tr");
        made.append(...[...row.cells].map(() => blank("td")));
        if (row.parentElement.tagName === "THEAD") (whole.tBodies[0] || whole.createTBody()).prepend(made);
        else row.after(made);
        caret(made.cells[Math.min(column, made.cells.length - 1)]);
      } else if (act === "column") {
        for (const r of whole.rows) (r.cells[column] || r.lastElementChild).after(blank(r.parentElement.tagName === "THEAD" ? "th" : "td"));
        caret(cell.nextElementSibling);
      } else {
        const near = act === "row-off" ? row.nextElementSibling || row.previousElementSibling : cell.nextElementSibling || cell.previousElementSibling;
        if (act === "row-off") row.remove();
        else for (const r of [...whole.rows]) r.cells[column]?.remove();
        if (!whole.querySelector("td, th")) {
          const p = emptyBlock();
          whole.replaceWith(p);
          caret(p);
        } else caret(near?.isConnected ? near.querySelector("td, th") || near : whole.querySelector("td, th"));
      }
    });
  }
  // A heading moves with what stands under it.
  function sectionFrom(block) {
    const all = [block];
    const rank = /^H([2-6])$/.exec(block.tagName)?.[1];
    for (let next = block.nextElementSibling; rank && next; next = next.nextElementSibling) {
      if (/^H[2-6]$/.test(next.tagName) && next.tagName[1] <= rank) break;
      all.push(next);
    }
    return all;
  }
  function move(step) {
    const block = top();
    if (!block) return;
    const all = sectionFrom(block);
    const beside = step < 0 ? block.previousElementSibling : all.at(-1).nextElementSibling;
    if (!beside) return say(box.dataset.atEnd);
    const range = editor.getSelection().cloneRange();
    change(() => {
      if (step < 0) beside.before(...all);
      else sectionFrom(beside).at(-1).after(...all);
      editor.setSelection(range);
    });
    block.scrollIntoView({ block: "nearest" });
  }

  // Links to records.
  const recordDialog = document.getElementById("tn-editor-record");
  const recordName = recordDialog.querySelector("[data-suggest]");
  const recordID = document.getElementById(recordName.dataset.into);
  let place = null;
  function askRecord() {
    place = editor.getSelection().cloneRange();
    recordName.value = recordID.value = "";
    recordDialog.showModal();
    recordName.focus();
  }
  recordName.addEventListener("change", () => {
    const id = recordID.value;
    if (!id) return;
    recordID.value = ""; // the field says "change" again when it loses the focus
    const link = document.createElement("a");
    link.href = "/items/" + id;
    link.dataset.record = id;
    link.contentEditable = "false";
    link.textContent = recordName.value;
    recordDialog.close();
    editor.focus();
    editor.setSelection(place);
    editor.insertHTML(link.outerHTML + "\u00a0");
    changed();
  });
  recordDialog.addEventListener("close", () => editor.focus());

  const linkDialog = document.getElementById("tn-editor-link");
  const address = linkDialog.querySelector("input");
  function askLink() {
    place = editor.getSelection().cloneRange();
    address.value = inside("a:not([data-record])")?.getAttribute("href") || "";
    linkDialog.showModal();
    address.focus();
  }
  function setLink() {
    linkDialog.close();
    editor.focus();
    editor.setSelection(place);
    const value = address.value.trim();
    if (!value) editor.removeLink();
    else editor.makeLink(/^[a-z][a-z0-9+.-]*:|^\//i.test(value) ? value : "https://" + value);
    changed();
  }
  linkDialog.querySelector("[data-set-link]").addEventListener("click", setLink);
  address.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    setLink();
  });

  // Pictures become attachments of the document.
  async function addPictures(files, range) {
    for (const file of files) {
      const body = new FormData();
      body.append("file", file, file.name || "picture.png");
      say(box.dataset.adding);
      try {
        const answer = await fetch(box.dataset.pictures, { method: "POST", body });
        if (!answer.ok) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          throw new Error(page.querySelector("main p:not(.tn-plain-mark)")?.textContent || box.dataset.notAdded);
        }
        const { src, name } = await answer.json();
        editor.focus();
        if (range) editor.setSelection(range);
        range = null;
        editor.insertImage(src, { alt: name.replace(/\.[a-z]+$/i, "") });
        changed();
        say(box.dataset.added);
      } catch (error) {
        say(error.message);
        alertLine(error.message);
      }
    }
  }
  function alertLine(text) {
    let line = box.querySelector(".tn-error");
    if (!line) {
      line = document.createElement("p");
      line.className = "tn-error";
      line.setAttribute("role", "alert");
      frame.after(line);
    }
    line.textContent = text;
  }
  const picker = frame.querySelector("[data-file]");
  picker.addEventListener("change", () => {
    addPictures([...picker.files], place);
    picker.value = "";
  });
  const images = (data) => [...(data?.files || [])].filter((file) => file.type.startsWith("image/"));
  first("paste", (event) => {
    const files = images(event.clipboardData);
    if (files.length === 0 || event.clipboardData.types.includes("text/html")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    addPictures(files, editor.getSelection().cloneRange());
  });
  first("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    frame.classList.add("tn-drop");
  });
  root.addEventListener("dragleave", () => frame.classList.remove("tn-drop"));
  first("drop", (event) => {
    frame.classList.remove("tn-drop");
    const files = images(event.dataTransfer);
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (files.length === 0) return alertLine(box.dataset.onlyPictures);
    const range = document.caretRangeFromPoint?.(event.clientX, event.clientY);
    addPictures(files, range && root.contains(range.startContainer) ? range : null);
  });

  // Keys, and signs at the beginning of a line.
  const signs = { "#": "H2", "##": "H3", "###": "H4", ">": "BLOCKQUOTE", "```": "PRE", "-": "ul", "*": "ul", "1.": "ol", "[]": "check", "[ ]": "check" };
  function before() {
    const range = editor.getSelection();
    if (!range.collapsed || range.startContainer.nodeType !== 3) return null;
    return { node: range.startContainer, text: range.startContainer.data.slice(0, range.startOffset).replaceAll("\u200b", "") };
  }
  function onKey(event) {
    const ctrl = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (event.altKey && event.shiftKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      stop(event);
      return move(event.key === "ArrowUp" ? -1 : 1);
    }
    if (ctrl && event.shiftKey && event.code === "Digit7") {
      stop(event);
      return checkList();
    }
    if (ctrl && event.key === "Enter") {
      const li = inside("li[data-checked]");
      if (li) {
        stop(event);
        tickEntry(li);
      }
      return;
    }
    if (event.key === "Tab" && !ctrl && inside("td, th")) {
      const all = [...inside("table").querySelectorAll("td, th")];
      const to = all[all.indexOf(inside("td, th")) + (event.shiftKey ? -1 : 1)];
      if (to) {
        stop(event);
        caret(to);
      }
      return;
    }
    if (event.key === "[") {
      const text = before();
      if (text?.text.endsWith("[")) {
        stop(event);
        const range = editor.getSelection();
        const cut = range.cloneRange();
        cut.setStart(range.startContainer, range.startOffset - 1);
        cut.deleteContents();
        editor.setSelection(cut);
        return askRecord();
      }
    }
    if (event.key === " ") {
      const text = before();
      const kind = text && signs[text.text.trim()];
      const block = inside("p, div");
      if (!kind || !block || block.textContent.replaceAll("\u200b", "") !== text.text || inside("li, td, th, pre")) return;
      stop(event);
      text.node.data = "";
      if (!block.querySelector("br")) block.append(document.createElement("br"));
      caret(block);
      act(kind);
    }
  }
  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  function tickEntry(li) {
    change(() => (li.dataset.checked = li.dataset.checked === "true" ? "false" : "true"));
  }
  root.addEventListener("click", (event) => {
    const li = event.target.closest("li[data-checked]");
    if (li && event.clientX < li.getBoundingClientRect().left) tickEntry(li);
    if (event.target.closest("a")) event.preventDefault();
  });

  const toggles = { bold: ["B", "bold", "removeBold"], italic: ["I", "italic", "removeItalic"], underline: ["U", "underline", "removeUnderline"], strike: ["S", "strikethrough", "removeStrikethrough"] };
  function act(name) {
    if (toggles[name]) editor[editor.hasFormat(toggles[name][0]) ? toggles[name][2] : toggles[name][1]]();
    else if (name === "code") editor.toggleCode();
    else if (name === "ul" || name === "ol") inside(name) ? editor.removeList() : name === "ul" ? editor.makeUnorderedList() : editor.makeOrderedList();
    else if (name === "check") checkList();
    else if (name === "record") return askRecord();
    else if (name === "link") return askLink();
    else if (name === "table") table();
    else if (name === "picture") {
      place = editor.getSelection().cloneRange();
      return picker.click();
    } else if (name === "up" || name === "down") move(name === "up" ? -1 : 1);
    else if (name === "undo" || name === "redo") editor[name]();
    else if (/^(row|column)/.test(name)) cells(name);
    else setBlock(name);
    editor.focus();
    changed();
  }
  frame.addEventListener("click", (event) => {
    const name = event.target.closest("[data-do]")?.dataset.do;
    if (name) act(name);
  });
  frame.querySelector("[role=toolbar]").addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault(); // the selection stays
  });
  const block = frame.querySelector("[data-block]");
  block.addEventListener("change", () => act(block.value));

  function state() {
    for (const [name, [tag]] of Object.entries(toggles)) button(name).setAttribute("aria-pressed", String(editor.hasFormat(tag)));
    button("code").setAttribute("aria-pressed", String(!!inside("code, pre")));
    button("ol").setAttribute("aria-pressed", String(!!inside("ol")));
    button("ul").setAttribute("aria-pressed", String(!!inside("ul:not(:has(> [data-checked]))")));
    button("check").setAttribute("aria-pressed", String(!!inside("li[data-checked]")));
    frame.querySelector("[data-table-tools]").hidden = !inside("table");
    block.value = inside("pre") ? "PRE" : inside("blockquote") ? "BLOCKQUOTE" : inside("h2, h3, h4")?.tagName || (inside("[data-step]") ? "step" : inside("[data-gallery]") ? "gallery" : "P");
  }
  // A link to a record is one thing: what is typed inside it would go nowhere.
  // Enter before it leads the cursor in.
  editor.addEventListener("cursor", () => {
    const link = inside("a[data-record]");
    if (!link) return;
    const range = document.createRange();
    range.setStartBefore(link);
    editor.setSelection(range);
  });
  editor.addEventListener("pathChange", state);
  editor.addEventListener("select", state);
  editor.addEventListener("cursor", state);

  // The order of the sections, to be dragged.
  const fold = box.parentElement.querySelector("[data-sections]");
  const list = fold.querySelector("[data-sections-list]");
  list.dataset.sortable = "";
  let heads = [];
  function outline() {
    heads = [...root.children].filter((element) => /^H[2-6]$/.test(element.tagName) && element.textContent.trim());
    fold.hidden = heads.length < 2;
    list.replaceChildren(...heads.map((head, i) => {
      const li = document.createElement("li");
      li.dataset.sort = i;
      li.className = "tn-tree-" + (head.tagName[1] - 2);
      li.textContent = head.textContent;
      return li;
    }));
    startSorting();
  }
  list.addEventListener("tn:sorted", () => {
    const items = [...list.children];
    const order = items.map((li) => heads[li.dataset.sort]);
    const moved = order.find((head, i) => head !== heads[i] && order[i + 1] !== heads[heads.indexOf(head) + 1]) || order.find((head, i) => head !== heads[i]);
    if (!moved) return;
    const all = sectionFrom(moved);
    let next = order[order.indexOf(moved) + 1];
    while (next && all.includes(next)) next = order[order.indexOf(next) + 1];
    change(() => (next ? next.before(...all) : root.append(...all)));
  });

  function changed() {
    for (const li of root.querySelectorAll("li[data-checked=true]")) {
      if (!li.textContent.trim()) li.dataset.checked = "false"; // a new entry is still to do
    }
    source.dispatchEvent(new Event("input", { bubbles: true }));
    state();
    outline();
  }
  editor.addEventListener("input", changed);
  source.form.addEventListener("submit", () => {
    source.value = editor.getHTML();
    format.value = "html";
  });
  state();
  outline();
}

document.querySelectorAll("[data-editor]").forEach(start);
