/** The names by which pages find an SDK: the real one of its network, and a neutral one beside it. */

import { strictTraits } from './networks.js';
import { openSdk } from './network_sdk.js';

/** @typedef {import('./place.js').Place} Place */

/**
 * `SRC_SIM[network]` is the network in the plain EMV form.
 * @param {string} network
 * @param {Place} place
 */
export function publishNeutral(network, place) {
  const page = /** @type {any} */ (window);
  page.SRC_SIM ??= {};
  page.SRC_SIM[network] = openSdk(strictTraits(network), place);
}
