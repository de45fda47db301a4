/** The shopper's telephone and mail box: what the networks send is shown on the page, as it comes. */

import { button, el } from './elements.js';
import { page, say } from './page.js';
import { ask } from './server.js';

const WAIT_SECONDS = 15;
const REST_MILLISECONDS = 1000;
const OVER = 409;

/** @typedef {{id: string, network: string, channel: string, destination?: string, identity: string, value: string, state: string, issuedAt: string}} Message */

export class Phone extends EventTarget {
  /** @param {HTMLElement} root */
  constructor(root) {
    super();
    this.root = root;
    /** @type {Message[]} */
    this.messages = [];
    this.cursor = '';
    /** @type {AbortController | null} */
    this.watching = null;
    /** @type {((code: string) => void) | null} what a code can be put into */
    this.taker = null;
  }

  /** What came before this page was opened is read, and not shown. */
  async begin() {
    await this.read(0);
  }

  /** Look out for messages until `rest`. */
  async watch() {
    if (this.watching) return;
    const watching = new AbortController();
    this.watching = watching;
    while (!watching.signal.aborted) {
      try {
        const found = await this.read(WAIT_SECONDS, watching.signal);
        const newest = found.at(-1);
        if (newest) this.show(newest);
        else await pause(); // where many wait, the server answers at once
      } catch (problem) {
        if (watching.signal.aborted) return;
        if (/** @type {any} */ (problem).status === OVER) return this.rest();
        await pause();
      }
    }
  }

  /** Whether the visit has ended meanwhile: after two hours, or in another tab. */
  async isOver() {
    try {
      await this.read(0);
    } catch (problem) {
      return /** @type {any} */ (problem).status === OVER;
    }
    return false;
  }

  rest() {
    this.watching?.abort();
    this.watching = null;
    this.taker = null;
    this.root.hidden = true;
  }

  /**
   * @param {number} wait
   * @param {AbortSignal} [signal]
   * @returns {Promise<Message[]>}
   */
  async read(wait, signal) {
    const query = new URLSearchParams({ after: this.cursor, wait: String(wait) });
    const answer = await ask('GET', `codes?${query}`, undefined, signal);
    this.cursor = answer.cursor;
    this.messages.push(...answer.otps);
    if (answer.otps.length > 0) this.dispatchEvent(new Event('change'));
    return answer.otps.filter((/** @type {Message} */ one) => one.state === 'issued');
  }

  /** @param {Message} message */
  show(message) {
    const network = page.networks.find((one) => one.name === message.network)?.label ?? message.network;
    const place = message.destination ?? message.identity;
    this.root.replaceChildren(
      el('p', { class: 'phone-head' }, el('strong', {}, say('message')), ' ',
        el('span', { class: 'quiet small' }, say('messageFrom', { network, place }))),
      el('p', { class: 'phone-code numbers', 'data-testid': 'code' }, say('yourCodeIs', { code: message.value })),
      el('div', { class: 'row' },
        this.taker
          ? button(say('useCode'), 'leading', () => this.use(message.value), 'use-code')
          : button(say('copyCode'), '', () => navigator.clipboard?.writeText(message.value)),
        button(say('dismiss'), 'plain', () => { this.root.hidden = true; })));
    this.root.hidden = false;
  }

  /** @param {string} code */
  use(code) {
    this.root.hidden = true;
    this.taker?.(code);
  }
}

function pause() {
  return new Promise((resolve) => { setTimeout(resolve, REST_MILLISECONDS); });
}
