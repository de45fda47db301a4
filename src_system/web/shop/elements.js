/** Elements of the page, each made in one expression. */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element with attributes, listeners (members that begin with `on`) and children; a member that
 * is false or null is left out, one that is true stands without a value.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, any>} [members]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function el(name, members = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(members)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) if (child) made.append(child);
  return made;
}

/**
 * The page's own element of that id, which its template has.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function at(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}.`);
  return found;
}

/**
 * A button that is busy while what it does is under way: a second click does nothing.
 * @param {string} text
 * @param {string} kind `leading wide`, `plain`, …
 * @param {() => unknown} act
 * @param {string} [testid]
 */
export function button(text, kind, act, testid) {
  const made = el('button', { type: 'button', class: `button ${kind}`, 'data-testid': testid }, text);
  made.addEventListener('click', () => busy(made, act));
  return made;
}

/**
 * @param {HTMLButtonElement} pressed
 * @param {() => unknown} act
 */
export async function busy(pressed, act) {
  if (pressed.getAttribute('aria-disabled') === 'true') return;
  pressed.setAttribute('aria-disabled', 'true');
  try {
    await act();
  } finally {
    pressed.removeAttribute('aria-disabled');
  }
}

/**
 * A form that is sent once at a time, to *act* and nowhere else.
 * @param {() => unknown} act
 * @param {...Child} children
 */
export function form(act, ...children) {
  const made = el('form', { novalidate: true }, ...children);
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    const pressed = /** @type {HTMLButtonElement | null} */ (made.querySelector('[type=submit]'));
    if (pressed) busy(pressed, act);
  });
  return made;
}
