// The newest calls of all sandboxes, beside their list.

import { copyOf, kindOf, listen, part } from "./stream.js";

const MOST = 12;
const panel = part(document, "#now");
const feed = part(document, ".feed");

panel.hidden = false;
listen(feed.dataset.stream ?? "").addEventListener("call", (event) => {
  const call = JSON.parse(event.data);
  const line = copyOf("#now template");
  const link = part(line, "a");
  link.setAttribute("href", `/sandboxes/${call.sandbox}/traffic/${call.place}`);
  part(line, ".operation").textContent = call.operation;
  const badge = part(line, ".badge");
  badge.textContent = call.status || "–";
  badge.classList.add(kindOf(call.status));
  part(line, ".place").textContent = `${call.sandbox} · ${call.network}`;
  feed.prepend(line);
  part(document, "#waiting").hidden = true;
  while (feed.children.length > MOST) feed.lastElementChild?.remove();
});
