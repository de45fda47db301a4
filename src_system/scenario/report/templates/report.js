// Filters, keys, copying, and links to a scenario: what the report does besides unfolding.
"use strict";

const text = document.getElementById("text");
const tag = document.getElementById("tag");
const buttons = [...document.querySelectorAll(".outcomes button")];
const cases = [...document.querySelectorAll("details.case")];
const shown = document.getElementById("shown");
const none = document.getElementById("none");
// Titles, files and messages; bodies would find everything everywhere.
const words = new Map(cases.map((one) => [one, [
  one.querySelector("summary"), ...one.querySelectorAll(".failure, .says"),
].map((part) => part.textContent).join(" ").toLowerCase()]));

function filter() {
  const wanted = text.value.trim().toLowerCase().split(/\s+/);
  const kinds = new Set(
    buttons.filter((one) => one.getAttribute("aria-pressed") === "true").map((one) => one.dataset.kind));
  let count = 0;
  for (const one of cases) {
    const fits = kinds.has(one.dataset.kind)
      && (!tag || !tag.value || one.dataset.tags.split(" ").includes(tag.value))
      && wanted.every((word) => words.get(one).includes(word));
    one.hidden = !fits;
    count += fits;
  }
  none.hidden = count > 0;
  shown.textContent = `${count} shown`;
}

function show(target) {
  for (let one = target; one; one = one.parentElement) {
    if (one instanceof HTMLDetailsElement) { one.open = true; one.hidden = false; }
  }
  target.scrollIntoView();
  target.querySelector("summary")?.focus();
}

function followHash() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) show(target);
}

function step(way) {
  const there = cases.filter((one) => !one.hidden);
  const at = there.indexOf(document.activeElement?.closest("details.case"));
  const next = there[at < 0 ? (way > 0 ? 0 : there.length - 1) : at + way];
  next?.querySelector("summary").focus();
  next?.scrollIntoView({ block: "nearest" });
}

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

text.addEventListener("input", filter);
tag?.addEventListener("change", filter);
document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
for (const one of buttons) {
  one.addEventListener("click", () => {
    one.setAttribute("aria-pressed", String(one.getAttribute("aria-pressed") !== "true"));
    filter();
  });
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target.matches("input, select, textarea");
  if (event.key === "Escape" && event.target === text) { text.value = ""; filter(); text.blur(); }
  if (isTyping) return;
  if (event.key === "/") { event.preventDefault(); text.focus(); }
  if (event.key === "j") step(1);
  if (event.key === "k") step(-1);
});
addEventListener("hashchange", followHash);
followHash();
