// The script of all pages. Pages work without it; it makes them quicker.
import "./lib/htmx.js";
import "htmx-ext-sse";
import "./lib/choices.js";
import "./lib/dialogs.js";
import "./lib/forms.js";
import "./lib/rows.js";
import "./lib/keys.js";
import "./lib/secrets.js";
import "./lib/print.js";
import "./lib/suggest.js";
import "./lib/load.js";
import "./lib/sort.js";
import "./lib/upload.js";
import "./lib/generate.js";
import "./lib/work.js";
