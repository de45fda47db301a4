/** The cart: what is in it, how much of it, what it comes to. */

import { at, el } from './elements.js';
import { money, page, say } from './page.js';

const MOST = 9;

export class Cart extends EventTarget {
  constructor() {
    super();
    this.lines = page.goods.map((good) => ({ ...good }));
    at('goods').replaceChildren(...this.lines.map((line) => this.row(line)));
    this.show();
  }

  /** In minor units. */
  get total() {
    return this.lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
  }

  /** @param {{name: string, price: number, quantity: number}} line */
  row(line) {
    const good = say(line.name);
    const count = el('output', { class: 'numbers', 'aria-label': say('quantity', { good }) }, String(line.quantity));
    /** @param {number} by */
    const change = (by) => {
      line.quantity = Math.min(MOST, Math.max(0, line.quantity + by));
      count.textContent = String(line.quantity);
      this.show();
    };
    return el('li', { class: 'goods-line' },
      el('img', { src: `/assets/shop/${line.name}.svg`, alt: '', width: 56, height: 56 }),
      el('div', { class: 'goods-text' }, el('p', {}, good), el('p', { class: 'quiet small numbers' }, el('bdi', { dir: 'ltr' }, money(line.price)))),
      el('div', { class: 'stepper' },
        el('button', { type: 'button', 'aria-label': say('less', { good }), onclick: () => change(-1) }, '−'),
        count,
        el('button', { type: 'button', 'aria-label': say('more', { good }), onclick: () => change(1) }, '+')));
  }

  show() {
    at('total').replaceChildren(el('bdi', { dir: 'ltr' }, money(this.total)));
    this.dispatchEvent(new Event('change'));
  }
}
