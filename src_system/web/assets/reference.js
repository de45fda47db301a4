// The reference page: filter, folding, copying, and the network of the examples.
// The page can be read without this script; what it needs appears only when it runs.

const filter = document.getElementById("filter");
const nothing = document.getElementById("nothing");
const operations = [...document.querySelectorAll("details.operation")];

/** Everything an operation can be found by, in lower case. */
const texts = new Map(
  operations.map((operation) => [
    operation,
    [
      operation.dataset.text,
      ...[...operation.querySelectorAll(".name")].map((name) => name.textContent),
    ]
      .join(" ")
      .toLowerCase(),
  ]),
);

/** Show what holds every word of the filter. */
function applyFilter() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const operation of operations) {
    const fits = words.every((word) => texts.get(operation).includes(word));
    operation.hidden = !fits;
    document.querySelector(`[data-entry="${operation.id}"]`).hidden = !fits;
    shown += fits ? 1 : 0;
  }
  for (const section of document.querySelectorAll(".group, .entries")) {
    section.hidden = !section.querySelector("details.operation:not([hidden]), li:not([hidden])");
  }
  nothing.hidden = shown > 0;
}

/** Open the operation that the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) {
    named.hidden = false;
    named.open = true;
    named.scrollIntoView();
  }
}

/** Put address and sealed card of the chosen network into every command. */
function chooseNetwork(select) {
  const [first] = select.options;
  const chosen = select.selectedOptions[0];
  for (const command of document.querySelectorAll("code.command")) {
    command.dataset.original ??= command.textContent;
    command.textContent = command.dataset.original
      .replaceAll(first.dataset.base, chosen.dataset.base)
      .replaceAll(first.dataset.sealed, chosen.dataset.sealed);
  }
  for (const badge of document.querySelectorAll("span.network")) {
    const around = badge.closest(".member");
    const names = [...badge.parentElement.querySelectorAll(".network")].map((one) => one.textContent);
    around?.classList.toggle("elsewhere", !names.includes(chosen.value));
  }
}

async function copy(button) {
  const code = button.closest(".example").querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
  setTimeout(() => {
    button.textContent = "Copy";
  }, 1500);
}

document.querySelector("form.filter").hidden = false;
filter.addEventListener("input", applyFilter);
document.querySelector("form.filter").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("unfold").addEventListener("click", () => {
  for (const operation of operations) operation.open = !operation.hidden;
});
document.getElementById("fold").addEventListener("click", () => {
  for (const operation of operations) operation.open = false;
});
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.matches("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    filter.focus();
  } else if (event.key === "Escape" && event.target === filter) {
    filter.value = "";
    applyFilter();
  }
});
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
const select = document.getElementById("network");
select?.addEventListener("change", () => chooseNetwork(select));
addEventListener("hashchange", openNamed);
openNamed();
