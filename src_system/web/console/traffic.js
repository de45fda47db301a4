// The table of calls grows at its top while calls are made; it can be paused.

import { copyOf, kindOf, listen, part } from "./stream.js";

const table = part(document, "table.calls");
const rows = part(document, "#calls");
const kept = part(document, "#kept");
const nothing = part(document, "#nothing");
const pause = part(document, "#pause");
const lamp = part(document, "#live");
const word = part(document, "#live-word");
const most = Number(table.dataset.most);
/** Calls that came while the table stood still. @type {any[]} */
let held = [];
let isPaused = false;

/** @param {any} call */
function add(call) {
  const row = copyOf("#row");
  row.dataset.place = call.place;
  part(row, ".place").textContent = call.place;
  const time = part(row, "time");
  time.setAttribute("datetime", call.at);
  time.title = call.at;
  part(time, ".moment").textContent = call.at.slice(11, 19);
  part(time, ".fraction").textContent = call.at.slice(19, 23);
  const network = part(row, ".network");
  network.textContent = call.network;
  network.classList.add(call.network);
  const operation = part(row, "a.operation");
  operation.textContent = call.operation;
  operation.setAttribute("href", `${table.dataset.calls}/${call.place}`);
  part(row, ".fault").hidden = call.faults.length === 0;
  const status = part(row, ".status");
  status.classList.add(kindOf(call.status));
  part(status, "bdi").textContent = call.status || "–";
  part(row, ".reason").textContent = call.reason;
  const session = part(row, "a.session");
  if (call.srcCorrelationId) {
    session.textContent = call.srcCorrelationId;
    session.setAttribute(
      "href",
      `${table.dataset.sessions}/${encodeURIComponent(call.srcCorrelationId)}`,
    );
  } else {
    session.remove();
  }
  part(row, ".ms").textContent = call.milliseconds.toFixed(1);
  rows.prepend(row);
  nothing.hidden = true;
  // Also those that a filter hides. What is given up meanwhile is told at the next load.
  kept.textContent = String(call.place - Number(kept.dataset.first) + 1);
  while (rows.children.length > most) rows.lastElementChild?.remove();
}

const source = listen(table.dataset.stream ?? "");
source.addEventListener("call", (event) => {
  const call = JSON.parse(event.data);
  if (isPaused) held = [...held.slice(1 - most), call];
  else add(call);
});
pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.setAttribute("aria-pressed", String(isPaused));
  lamp.classList.toggle("on", !isPaused);
  word.textContent = (isPaused ? word.dataset.paused : word.dataset.live) ?? "";
  if (!isPaused) {
    held.forEach(add);
    held = [];
  }
});
