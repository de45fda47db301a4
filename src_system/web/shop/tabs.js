/** A row of tabs with one sheet each, by the keys that people expect. */

import { el } from './elements.js';

export class Tabs {
  /**
   * @param {HTMLElement} root
   * @param {string} label
   * @param {{id: string, text: string}[]} tabs
   */
  constructor(root, label, tabs) {
    this.tabs = tabs.map(({ id, text }) => ({
      id,
      tab: el('button', {
        type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `sheet-${id}`, class: 'tab', 'data-testid': `tab-${id}`,
      }, text),
      sheet: el('div', { role: 'tabpanel', id: `sheet-${id}`, 'aria-labelledby': `tab-${id}`, class: 'sheet', tabindex: '0' }),
    }));
    const row = el('div', { role: 'tablist', 'aria-label': label, class: 'tabs' }, ...this.tabs.map((one) => one.tab));
    root.replaceChildren(row, ...this.tabs.map((one) => one.sheet));
    for (const one of this.tabs) one.tab.addEventListener('click', () => this.choose(one.id));
    row.addEventListener('keydown', (event) => this.move(event));
    this.choose(tabs[0].id);
  }

  /** @param {string} id @returns {HTMLElement} */
  sheet(id) {
    const found = this.tabs.find((one) => one.id === id);
    if (!found) throw new Error(`There is no tab ${id}.`);
    return found.sheet;
  }

  /** @param {string} id */
  choose(id) {
    for (const one of this.tabs) {
      const chosen = one.id === id;
      one.tab.setAttribute('aria-selected', String(chosen));
      one.tab.tabIndex = chosen ? 0 : -1;
      one.sheet.hidden = !chosen;
    }
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const place = this.tabs.findIndex((one) => one.tab === document.activeElement);
    const forward = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const backward = document.documentElement.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
    const last = this.tabs.length - 1;
    /** @type {Record<string, number>} */
    const targets = {
      [forward]: place === last ? 0 : place + 1,
      [backward]: place === 0 ? last : place - 1,
      Home: 0,
      End: last,
    };
    const target = this.tabs[targets[event.key]];
    if (place < 0 || !target) return;
    event.preventDefault();
    this.choose(target.id);
    target.tab.focus();
  }
}
