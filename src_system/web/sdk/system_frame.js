/** The hidden frame on the network's origin: it alone has the network's cookie and storage. */

import { refused, Refused } from './refusals.js';

const READY_MILLISECONDS = 4000;
const REPLY_MILLISECONDS = 30000;

/** The system frame as the SDK calls it. */
export class SystemFrame {
  /**
   * @param {string} base of the network
   * @param {string} network
   * @param {string} id of the frame's element
   */
  constructor(base, network, id) {
    this.base = base;
    this.network = network;
    this.id = id;
    this.origin = new URL(base).origin;
    this.last = 0;
    /** @type {Map<number, (reply: any) => void>} */
    this.waiting = new Map();
    /** @type {HTMLIFrameElement | null} */
    this.element = null;
    /** @type {Promise<boolean> | null} */
    this.opened = null;
  }

  /**
   * Put the frame into the page, once.
   * @returns {Promise<boolean>} whether it answers: a page or browser may forbid it
   */
  open() {
    this.opened ??= new Promise((resolve) => {
      const element = document.createElement('iframe');
      if (document.getElementById(this.id) === null) element.id = this.id;
      element.title = 'src-system';
      element.hidden = true;
      element.tabIndex = -1;
      element.setAttribute('aria-hidden', 'true');
      element.setAttribute('inert', '');
      element.src = `${this.base}/sdk/frame?origin=${encodeURIComponent(window.location.origin)}`;
      this.element = element;
      window.addEventListener('message', (event) => this.hear(event, resolve));
      setTimeout(() => resolve(false), READY_MILLISECONDS);
      document.body.append(element);
    });
    return this.opened;
  }

  /**
   * @param {MessageEvent} event
   * @param {(isThere: boolean) => void} resolve
   */
  hear(event, resolve) {
    const isOurs = event.source === this.element?.contentWindow && event.origin === this.origin;
    if (!isOurs || event.data?.ns !== 'src-sim' || event.data.net !== this.network) return;
    if (event.data.type === 'SYS_READY') resolve(true);
    if (event.data.type === 'SYS_REPLY') this.waiting.get(event.data.seq)?.(event.data.data);
  }

  /**
   * Have the frame do *method*.
   * @param {string} method
   * @param {object} params
   * @returns {Promise<any>}
   */
  async call(method, params) {
    if (!(await this.open())) throw refused('UNABLE_TO_CONNECT', 'The system frame is not there.', 503);
    const seq = ++this.last;
    const reply = await new Promise((resolve, reject) => {
      const late = refused('REQUEST_TIMEOUT', 'No answer in time.', 408);
      setTimeout(() => reject(late), REPLY_MILLISECONDS);
      this.waiting.set(seq, resolve);
      const message = { v: 1, ns: 'src-sim', net: this.network, seq, type: 'SYS_CALL', data: { method, params } };
      this.element?.contentWindow?.postMessage(message, this.origin);
    }).finally(() => this.waiting.delete(seq));
    if (reply.refusal) throw new Refused(reply.refusal);
    return reply.answer;
  }
}
