/** What the server wrote into the page, and its texts: values put in, amounts, left-to-right islands. */

/**
 * @typedef {object} Market
 * @property {string} code
 * @property {string} currency
 * @property {number} minorUnits
 * @property {string} callingCode
 * @property {boolean} hasPostcode
 * @property {boolean} needsPostcode
 * @property {boolean} needsCity
 * @property {boolean} rememberTicked
 * @property {string | null} nationalIdentifier
 * @property {string | null} nationalIdentifierSample
 */

/**
 * @typedef {object} NetworkData
 * @property {string} name
 * @property {string} label
 * @property {string[]} origins where its SDK may come from
 * @property {string[]} prefixes of its card numbers
 * @property {number} securityCodeDigits
 * @property {string[]} numbers published test numbers
 * @property {{prefix: string, digits: number}[]} ranges of invented numbers
 */

/**
 * @typedef {object} PageData
 * @property {Record<string, string>} texts
 * @property {string} language
 * @property {string} locale
 * @property {Market} market
 * @property {{name: string, price: number, quantity: number}[]} goods
 * @property {NetworkData[]} networks
 * @property {string[]} switches
 * @property {{name: string, market: string, switches: Record<string, string[]>, page: string[]}[]} scenes
 */

/** @type {PageData} */
export const page = JSON.parse(document.getElementById('shop-data')?.textContent ?? '{}');

/**
 * The text of *key*; a value that is no text of the language stays left to right.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  return page.texts[key].replace(/\{(\w+)\}/g, (_, name) => isolated(values[name]));
}

/**
 * An island with its own direction, by Unicode's isolates: a number or an address stays left to
 * right in an Arabic sentence, a phrase with Arabic in it right to left.
 * @param {string | number | undefined} value
 */
export function isolated(value) {
  if (page.language !== 'ar') return String(value);
  const opening = /[\u0600-\u06ff]/.test(String(value)) ? '\u2067' : '\u2066';
  return `${opening}${value}\u2069`;
}

/** @param {number} minor of the market's currency: 2750 fils */
export function decimal(minor) {
  const { minorUnits } = page.market;
  return (minor / 10 ** minorUnits).toFixed(minorUnits);
}

/** As people write it. @param {number} minor of the market's currency */
export function money(minor) {
  const { currency, minorUnits } = page.market;
  const written = new Intl.NumberFormat(page.language, {
    minimumFractionDigits: minorUnits, maximumFractionDigits: minorUnits, numberingSystem: 'latn',
  });
  return `${currency} ${written.format(minor / 10 ** minorUnits)}`;
}

/**
 * Digits of Arabic and Persian as 0 to 9.
 * @param {string} text
 */
export function plainDigits(text) {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0));
}
