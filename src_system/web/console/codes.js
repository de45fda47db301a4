// One-time codes come in at the top of the table; what becomes of one changes in its row.

import { copyOf, listen, part } from "./stream.js";

const table = part(document, "table[data-stream]");
const rows = part(document, "#codes");
const most = Number(table.dataset.most);
const wanted = (table.dataset.identity ?? "").toLowerCase();
const GOOD = ["issued"];
const PLAIN = ["consumed", "superseded"];

/**
 * @param {HTMLElement} badge
 * @param {string} state
 */
function mark(badge, state) {
  badge.textContent = state;
  badge.className = `badge ${GOOD.includes(state) ? "ok" : PLAIN.includes(state) ? "plain" : "refused"}`;
}

/**
 * @param {HTMLElement} time
 * @param {string} instant
 */
function tell(time, instant) {
  time.setAttribute("datetime", instant);
  time.textContent = `${instant.slice(0, 10)} ${instant.slice(11, 19)}`;
}

/** @param {any} code */
function add(code) {
  const row = copyOf("#row");
  row.dataset.id = code.id;
  part(row, ".value").textContent = code.value;
  part(row, ".person").textContent = code.identity;
  mark(part(row, ".state"), code.state);
  const network = part(row, ".network");
  network.textContent = code.network;
  network.classList.add(code.network);
  part(row, ".channel").textContent = code.channel;
  tell(part(row, ".issued"), code.issuedAt);
  tell(part(row, ".expires"), code.expiresAt);
  rows.prepend(row);
  part(document, "#nothing").hidden = true;
  while (rows.children.length > most) rows.lastElementChild?.remove();
}

listen(table.dataset.stream ?? "").addEventListener("code", (event) => {
  const code = JSON.parse(event.data);
  const known = rows.querySelector(`[data-id="${CSS.escape(code.id)}"]`);
  if (known) mark(part(known, ".badge"), code.state);
  else if (!wanted || [code.identity, code.destination].includes(wanted)) add(code);
});
