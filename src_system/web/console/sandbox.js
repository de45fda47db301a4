// The clock ticks, and fault rules count, while the page is looked at.

import { listen, part } from "./stream.js";

const panels = part(document, "[data-stream]");
const clock = part(document, "#clock time");
const TICK_MS = 1000;
/** How far the sandbox's clock is ahead of the browser's, in milliseconds; null: it stands. */
let ahead = /** @type {number | null} */ (null);

/** @param {string} instant */
function show(instant) {
  clock.setAttribute("datetime", instant);
  clock.textContent = `${instant.slice(0, 10)} ${instant.slice(11, 19)}`;
}

const source = listen(panels.dataset.stream ?? "");
source.addEventListener("clock", (event) => {
  const { mode, now } = JSON.parse(event.data);
  ahead = mode === "frozen" ? null : Date.parse(now) - Date.now();
  show(now);
});
source.addEventListener("fault", (event) => {
  const { id, matched, applied } = JSON.parse(event.data);
  const row = document.querySelector(`[data-rule="${CSS.escape(id)}"]`);
  if (!row) return;
  part(row, ".matched bdi").textContent = matched;
  part(row, ".applied bdi").textContent = applied;
});
setInterval(() => {
  if (ahead !== null) show(new Date(Date.now() + ahead).toISOString());
}, TICK_MS);
