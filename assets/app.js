// The script of all pages. Pages work without it; it makes them quicker.
import "./lib/htmx.js";
import "htmx-ext-sse";
