/** Cards as a shop knows them: whose number, whether it can be right, and in which order to show. */

import { page } from './page.js';

/** Published test numbers, for whoever has no card at hand. */
export const SAMPLE_NUMBERS = ['4242424242424242', '5105105105105100'];

/**
 * @param {string} number digits
 * @returns {string | null} the network that the number belongs to
 */
export function networkOf(number) {
  return page.networks.find((one) => one.prefixes.some((prefix) => number.startsWith(prefix)))?.name ?? null;
}

/** Whether the check digit is right. @param {string} number */
export function isWhole(number) {
  let sum = 0;
  for (let place = 0; place < number.length; place += 1) {
    const digit = Number(number[number.length - 1 - place]);
    const doubled = place % 2 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/**
 * Whether nobody can have such a card: a real one must not be typed into a demo.
 * @param {string} number digits
 */
export function isTestNumber(number) {
  return page.networks.some((one) => one.numbers.includes(number)
    || one.ranges.some(({ prefix, digits }) => number.length === digits && number.startsWith(prefix)));
}

/**
 * Month and year of `12/30`, `1230` or `12/2030`; null when they are none or past.
 * @param {string} text
 * @returns {{month: string, year: string} | null}
 */
export function readExpiry(text) {
  const found = /^(0?[1-9]|1[0-2])\s*[/.-]?\s*((?:20)?\d\d)$/.exec(text.trim());
  if (!found) return null;
  const month = found[1].padStart(2, '0');
  const year = found[2].length === 2 ? `20${found[2]}` : found[2];
  const now = new Date();
  const isPast = Number(year) * 12 + Number(month) < now.getFullYear() * 12 + now.getMonth() + 1;
  return isPast ? null : { month, year };
}

/**
 * @typedef {object} ShownCard
 * @property {string} network
 * @property {string} id srcDigitalCardId
 * @property {string} correlation of the profile that it came with
 * @property {string} digits the last four
 * @property {string} expires 12/30
 * @property {'ACTIVE' | 'EXPIRED' | 'UNUSABLE'} state
 * @property {number} used when it was last used, 0 for never
 * @property {number} created
 */

/**
 * A masked card as an SDK answers it.
 * @param {string} network
 * @param {string} correlation
 * @param {any} card
 * @returns {ShownCard}
 */
export function shownCard(network, correlation, card) {
  const data = card.digitalCardData ?? {};
  const status = String(data.status ?? 'ACTIVE');
  const isPast = !readExpiry(`${card.panExpirationMonth}/${card.panExpirationYear}`);
  const state = status === 'EXPIRED' || isPast ? 'EXPIRED' : /SUSPENDED|CANCELLED/.test(status) ? 'UNUSABLE' : 'ACTIVE';
  return {
    network,
    id: card.srcDigitalCardId,
    correlation,
    digits: card.panLastFour,
    expires: `${card.panExpirationMonth}/${String(card.panExpirationYear).slice(-2)}`,
    state,
    used: instant(card.dateOfCardLastUsed),
    created: instant(card.dateOfCardCreated),
  };
}

/**
 * Used cards by last use, then unused ones by age, expired ones last; else as the networks stand.
 * @param {ShownCard[]} cards
 * @param {string[]} networks
 */
export function inOrder(cards, networks) {
  const rank = (/** @type {ShownCard} */ one) => (one.state !== 'ACTIVE' ? 2 : one.used ? 0 : 1);
  return [...cards].sort((a, b) => rank(a) - rank(b) || b.used - a.used || b.created - a.created
    || networks.indexOf(a.network) - networks.indexOf(b.network));
}

/** @param {unknown} text ISO 8601, or epoch milliseconds */
function instant(text) {
  if (text === undefined || text === null) return 0;
  const number = Number(text);
  return Number.isFinite(number) ? number : Date.parse(String(text)) || 0;
}
