// An event stream with a lamp that says whether it is open; pages hang their own events on it.

/**
 * Open *url* and keep it open; `lamp` is the element with id `live`, where there is one.
 * @param {string} url
 * @returns {EventSource}
 */
export function listen(url) {
  const lamp = document.getElementById("live");
  const word = document.getElementById("live-word");
  const source = new EventSource(url);
  /** @param {"live" | "lost"} state */
  const say = (state) => {
    if (!lamp || !word) return;
    lamp.hidden = false;
    lamp.classList.toggle("on", state === "live");
    const text = word.dataset[state] ?? "";
    if (word.textContent !== text) word.textContent = text;
  };
  source.addEventListener("open", () => say("live"));
  source.addEventListener("error", () => say("lost"));
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  return source;
}

/**
 * The first element in *root* for *selector*, which the page's template has.
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function part(root, selector) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`no ${selector}`);
  return found;
}

/**
 * A fresh copy of what the template *selector* holds.
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function copyOf(selector) {
  const template = document.querySelector(selector);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`no ${selector}`);
  const copy = template.content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof HTMLElement)) throw new Error(`${selector} is empty`);
  return copy;
}

/**
 * The kind of badge that a status gets.
 * @param {number} status
 * @returns {string}
 */
export function kindOf(status) {
  if (status === 0 || status >= 500) return "broken";
  return status >= 400 ? "refused" : "ok";
}
