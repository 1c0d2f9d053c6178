// htmx, configured for our content security policy, and put where its
// extensions look for it. Imported before every extension.
import htmx from "htmx.org";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
// A form with errors answers 422 and its page again: show it.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];

window.htmx = htmx;
export default htmx;
