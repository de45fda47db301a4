/** Where the SRC System is: taken from the address that the script itself came from. */

/** @typedef {Window & { SRC_SYSTEM_BASE?: string | Record<string, string> }} PageWindow */

/**
 * @typedef {object} Place
 * @property {string} base of the network in its sandbox, such as http://host/s/name/visa
 * @property {URLSearchParams} query of the script's address
 */

/**
 * The place of *network*. The page may name it (`SRC_SYSTEM_BASE`: one base, or one per network)
 * where the script was bundled or copied and its address says nothing.
 * @param {string} network
 * @param {string[]} names by which the script's own element is found when it is no longer current
 * @returns {Place}
 */
export function findPlace(network, names) {
  const named = /** @type {PageWindow} */ (window).SRC_SYSTEM_BASE;
  const given = typeof named === 'string' ? named : named?.[network];
  const source = sourceOf(names);
  const query = source === null ? new URLSearchParams() : source.searchParams;
  if (given) return { base: given.replace(/\/+$/, ''), query };
  if (source === null) return { base: `${window.location.origin}/${network}`, query };
  const sandbox = /^\/s\/[^/]+/.exec(source.pathname)?.[0] ?? '';
  return { base: `${source.origin}${sandbox}/${network}`, query };
}

/**
 * @param {string[]} names
 * @returns {URL | null}
 */
function sourceOf(names) {
  const current = document.currentScript;
  if (current instanceof HTMLScriptElement && current.src) return new URL(current.src);
  for (const script of Array.from(document.scripts).reverse()) {
    if (script.src && names.some((name) => new URL(script.src).pathname.endsWith(name))) {
      return new URL(script.src);
    }
  }
  return null;
}

/**
 * Another network's place beside *place*: in the same sandbox, on an origin of its own where the
 * first has one.
 * @param {Place} place
 * @param {string} from the network of *place*
 * @param {string} to
 * @returns {Place}
 */
export function placeBeside(place, from, to) {
  const base = place.base
    .replace(new RegExp(`/${from}$`), `/${to}`)
    .replace(`://${from}.localhost`, `://${to}.localhost`);
  return { base, query: place.query };
}
