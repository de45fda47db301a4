/** Fields that somebody types into: label, hint, and what is wrong, each tied to its field. */

import { el } from './elements.js';
import { isTestNumber, isWhole, networkOf, readExpiry } from './cards.js';
import { page, plainDigits, say } from './page.js';

/**
 * @typedef {object} Wish
 * @property {string} name
 * @property {string} text the label
 * @property {string} autocomplete
 * @property {string} [hint]
 * @property {boolean} [ltr] numbers and addresses of Latin letters
 * @property {string} [inputmode]
 * @property {string} [value]
 * @property {number} [most] characters
 * @property {boolean} [optional]
 */

/** One field with its label and its error. */
export class Field {
  /**
   * @param {string} prefix that makes ids of this form its own
   * @param {Wish} wish
   */
  constructor(prefix, wish) {
    const id = `${prefix}-${wish.name}`;
    this.wish = wish;
    this.input = el('input', {
      id, name: wish.name, class: 'input', autocomplete: wish.autocomplete, dir: wish.ltr && 'ltr',
      inputmode: wish.inputmode, maxlength: wish.most ?? 100, required: !wish.optional,
      spellcheck: 'false', 'data-testid': id,
    });
    this.input.value = wish.value ?? '';
    this.error = el('p', { id: `${id}-error`, class: 'wrong', hidden: true });
    this.root = el('div', { class: wish.name === 'number' ? 'field whole' : 'field' },
      el('label', { for: id }, wish.text), this.input,
      wish.hint && el('p', { class: 'hint', id: `${id}-hint` }, wish.hint), this.error);
    this.input.addEventListener('input', () => this.say(''));
    this.describe();
  }

  /** What was typed: digits of any script as 0 to 9, no blanks around. */
  get value() {
    return plainDigits(this.input.value).trim();
  }

  /** Nothing but its digits. */
  get digits() {
    return this.value.replace(/\D/g, '');
  }

  /**
   * Put *text* in as if it had been typed.
   * @param {string} text
   */
  fill(text) {
    this.input.value = text;
    this.input.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /** @param {string} problem nothing where it is right */
  say(problem) {
    this.error.textContent = problem;
    this.error.hidden = !problem;
    this.input.setAttribute('aria-invalid', String(Boolean(problem)));
    this.describe();
  }

  describe() {
    const told = [this.wish.hint && `${this.input.id}-hint`, !this.error.hidden && this.error.id];
    const ids = told.filter(Boolean).join(' ');
    if (ids) this.input.setAttribute('aria-describedby', ids);
    else this.input.removeAttribute('aria-describedby');
  }

  /** @returns {string} what is wrong with it; nothing where it is right */
  problem() {
    if (!this.value) return this.wish.optional ? '' : say('fieldMissing');
    switch (this.wish.name) {
      case 'email': return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(this.value) ? '' : say('emailWrong');
      case 'number':
        if (!networkOf(this.digits)) return say('cardUnknown');
        if (!isWhole(this.digits)) return say('numberWrong');
        return isTestNumber(this.digits) ? '' : say('onlyTestNumbers', { number: '4242 4242 4242 4242' });
      case 'expiry': return readExpiry(this.value) ? '' : say('expiryWrong');
      default: return '';
    }
  }
}

/** @returns {Wish[]} what a card is typed with */
export function cardWishes() {
  return [
    { name: 'number', text: say('cardNumber'), autocomplete: 'cc-number', ltr: true, inputmode: 'numeric', most: 23 },
    { name: 'expiry', text: say('expiry'), autocomplete: 'cc-exp', ltr: true, most: 7 },
    { name: 'securityCode', text: say('securityCode'), autocomplete: 'cc-csc', ltr: true, inputmode: 'numeric', most: 4 },
    { name: 'name', text: say('nameOnCard'), autocomplete: 'cc-name' },
  ];
}

/** @returns {Wish[]} where a card's bills go, as the market writes it */
export function addressWishes() {
  const { market } = page;
  return [
    { name: 'street', text: say('street'), autocomplete: 'address-line1' },
    ...(market.needsCity ? [{ name: 'city', text: say('city'), autocomplete: 'address-level2' }] : []),
    ...(market.hasPostcode
      ? [{ name: 'postcode', text: say('postcode'), autocomplete: 'postal-code', ltr: true, optional: !market.needsPostcode }]
      : []),
  ];
}

/** Several fields that are filled in and checked together. */
export class Fields {
  /**
   * @param {string} prefix
   * @param {Wish[]} wishes
   */
  constructor(prefix, wishes) {
    this.all = wishes.map((wish) => new Field(prefix, wish));
  }

  /** @param {string} name @returns {Field} */
  get(name) {
    const found = this.all.find((one) => one.wish.name === name);
    if (!found) throw new Error(`There is no field ${name}.`);
    return found;
  }

  /** @param {Record<string, string>} values by name; others stay */
  fill(values) {
    for (const one of this.all) if (values[one.wish.name]) one.fill(values[one.wish.name]);
  }

  /** Say what is wrong beside each field, and go to the first; whether all are right. */
  check() {
    for (const one of this.all) one.say(one.problem());
    this.checkSecurityCode();
    const first = this.all.find((one) => !one.error.hidden);
    first?.input.focus();
    return first === undefined;
  }

  checkSecurityCode() {
    const code = this.all.find((one) => one.wish.name === 'securityCode');
    const name = networkOf(this.all.find((one) => one.wish.name === 'number')?.digits ?? '');
    const network = page.networks.find((one) => one.name === name);
    if (!code || !network || !code.value) return;
    const digits = network.securityCodeDigits;
    if (code.digits.length !== digits) code.say(say('securityCodeWrong', { digits }));
  }
}
