/** Fields and seconds that a way to pay costs: from the first touch to the thank you. */

import { say } from './page.js';

export class Meter {
  /** @param {HTMLElement} shown */
  constructor(shown) {
    this.shown = shown;
    /** @type {Set<string>} */
    this.fields = new Set();
    this.began = 0;
    this.ended = 0;
    /** Whether a button filled in what people would have typed: then seconds mean nothing. */
    this.helped = false;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.show();
  }

  clear() {
    clearInterval(this.timer);
    this.fields.clear();
    this.began = 0;
    this.ended = 0;
    this.helped = false;
    this.show();
  }

  /** Count from now on, unless that is so already. */
  start() {
    if (this.began) return;
    this.began = performance.now();
    this.timer = setInterval(() => this.show(), 1000);
  }

  /** @param {string} name of a field that somebody filled in or changed */
  fill(name) {
    if (this.ended) return;
    this.start();
    this.fields.add(name);
    this.show();
  }

  stop() {
    if (!this.began) this.start();
    this.ended = performance.now();
    clearInterval(this.timer);
    this.show();
  }

  get seconds() {
    if (!this.began) return 0;
    return Math.round(((this.ended || performance.now()) - this.began) / 1000);
  }

  show() {
    const fields = say('fieldsCounted', { count: this.fields.size });
    this.shown.textContent = `${fields} · ${say('secondsCounted', { count: this.seconds })}`;
    this.shown.dataset.fields = String(this.fields.size);
    this.shown.dataset.seconds = String(this.seconds);
  }

  /**
   * Whatever is typed into *root* counts, by the names of its fields.
   * @param {HTMLElement} root
   */
  watch(root) {
    root.addEventListener('input', (event) => {
      const field = /** @type {HTMLInputElement} */ (event.target);
      if (field.name && field.type !== 'checkbox' && field.type !== 'radio') this.fill(field.name);
    });
  }
}
