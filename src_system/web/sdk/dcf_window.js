/** The DCF's surface: a window of the initiator's, or one of our own; and how it tells its result. */

import { refused, refusedBy } from './refusals.js';

const LOOK_MILLISECONDS = 500;
const SILENCE_MILLISECONDS = 3000;
const OVERALL_MILLISECONDS = 15 * 60 * 1000;
const POPUP = 'popup,width=480,height=680';

/**
 * @typedef {object} Visit
 * @property {string} tx
 * @property {string} uri
 * @property {string} state OPEN, CLOSED or EXPIRED
 * @property {any} [result]
 */

/**
 * The window of a `windowRef`, which some give as the frame's element.
 * @param {any} windowRef
 * @returns {Window | null}
 */
export function windowOf(windowRef) {
  if (windowRef === null || windowRef === undefined) return null;
  if (windowRef instanceof HTMLIFrameElement) return windowRef.contentWindow;
  return typeof windowRef.postMessage === 'function' ? windowRef : null;
}

/** Where the consumer is shown the DCF. */
export class Surface {
  /**
   * @param {Window | null} shown null for a frame over the page, made when there is an address
   * @param {Window | null} popup the window that we opened ourselves
   * @param {string} frameId
   */
  constructor(shown, popup, frameId) {
    this.shown = shown;
    this.popup = popup;
    this.frameId = frameId;
    /** @type {HTMLElement | null} */
    this.overlay = null;
  }

  /**
   * The initiator's window or a popup of our own: to be asked for within the consumer's click,
   * before anything is waited for. Where the browser opens no popup, a frame over the page.
   * @param {any} windowRef
   * @param {import('./networks.js').NetworkTraits} traits
   */
  static within(windowRef, traits) {
    const given = windowOf(windowRef);
    if (given !== null) return new Surface(given, null, traits.dcfFrameId);
    const popup = window.open('', `src-dcf-${traits.name}`, POPUP);
    return new Surface(popup, popup, traits.dcfFrameId);
  }

  /**
   * A frame over the page, for when the click is long past.
   * @param {import('./networks.js').NetworkTraits} traits
   */
  static overPage(traits) {
    return new Surface(null, null, traits.dcfFrameId);
  }

  /** @returns {'POPUP' | 'IFRAME'} */
  get display() {
    return this.shown !== null && this.shown.parent === this.shown ? 'POPUP' : 'IFRAME';
  }

  /** @param {string} uri */
  show(uri) {
    if (this.shown === null) this.shown = this.coverPage();
    this.shown.location.replace(uri);
    if (this.popup) this.popup.focus();
  }

  /** @returns {Window} of a frame over the page, where the browser lets no popup open */
  coverPage() {
    const overlay = document.createElement('div');
    overlay.setAttribute('role', 'dialog');
    overlay.setAttribute('aria-modal', 'true');
    overlay.setAttribute('aria-label', 'Click to Pay');
    // By the object model, not by an attribute: a strict policy of the page allows that.
    Object.assign(overlay.style, {
      position: 'fixed', inset: '0', zIndex: '2147483647', display: 'grid', placeItems: 'center',
      background: 'rgb(20 23 26 / 60%)',
    });
    const frame = document.createElement('iframe');
    frame.id = this.frameId;
    frame.title = 'Click to Pay';
    frame.allow = 'payment; publickey-credentials-get; publickey-credentials-create';
    Object.assign(frame.style, {
      border: '0', borderRadius: '12px', width: 'min(30rem, 100vw)', height: 'min(42rem, 100vh)',
      background: 'Canvas',
    });
    overlay.append(frame);
    document.body.append(overlay);
    this.overlay = overlay;
    return /** @type {Window} */ (frame.contentWindow);
  }

  get isClosed() {
    return this.shown === null || this.shown.closed;
  }

  /** Close what we opened; the initiator closes what it opened. */
  close() {
    this.overlay?.remove();
    if (this.popup && !this.popup.closed) this.popup.close();
  }
}

/**
 * What the visit ends in. A closed window is CANCEL, after one last question to the server.
 * @param {Surface} surface
 * @param {Visit} visit
 * @param {string} network
 * @param {() => Promise<Visit>} ask the server how the visit stands
 * @param {object} greeting data of DCF_INIT
 * @returns {Promise<any>}
 */
export function resultOf(surface, visit, network, ask, greeting) {
  const origin = new URL(visit.uri).origin;
  return new Promise((resolve, reject) => {
    let heardAt = Date.now();
    let isAsking = false;
    const began = Date.now();

    /** @param {() => void} settle */
    const end = (settle) => {
      window.removeEventListener('message', hear);
      clearInterval(looking);
      if (!surface.isClosed) tell('DCF_CLOSE', { why: 'done' });
      surface.close();
      settle();
    };
    /** @param {string} type @param {object} data */
    const tell = (type, data) => {
      const message = { v: 1, ns: 'src-sim', net: network, tx: visit.tx, seq: 0, type, data };
      surface.shown?.postMessage(message, origin);
    };
    /** @param {MessageEvent} event */
    const hear = (event) => {
      const message = event.data;
      if (event.origin !== origin || event.source !== surface.shown) return;
      if (message?.ns !== 'src-sim' || message.net !== network || message.tx !== visit.tx) return;
      heardAt = Date.now();
      if (message.type === 'DCF_READY') tell('DCF_INIT', greeting);
      if (message.type === 'DCF_RESIZE') resize(surface, message.data?.height);
      if (message.type === 'DCF_RESULT') end(() => resolve(message.data));
      if (message.type === 'DCF_ERROR') end(() => reject(refusedBy(message.data.status, message.data)));
    };
    /** @param {boolean} isLast */
    const look = async (isLast) => {
      isAsking = true;
      try {
        const now = await ask();
        if (now.state === 'CLOSED') end(() => settled(now.result, resolve, reject));
        else if (now.state === 'EXPIRED') end(() => reject(late()));
        else if (isLast) end(() => resolve(cancelled()));
      } catch (problem) {
        if (isLast) end(() => resolve(cancelled()));
        else heardAt = Date.now(); // the next silence asks again
      } finally {
        isAsking = false;
      }
    };
    const looking = setInterval(() => {
      if (isAsking) return;
      if (Date.now() - began > OVERALL_MILLISECONDS) end(() => reject(late()));
      else if (surface.isClosed) look(true);
      else if (Date.now() - heardAt > SILENCE_MILLISECONDS) look(false);
    }, LOOK_MILLISECONDS);
    window.addEventListener('message', hear);
    surface.show(visit.uri);
  });
}

/**
 * @param {any} result
 * @param {(result: any) => void} resolve
 * @param {(problem: Error) => void} reject
 */
function settled(result, resolve, reject) {
  if (result.error) reject(refusedBy(result.error.status, result.error));
  else resolve(result);
}

function late() {
  return refused('REQUEST_TIMEOUT', 'The consumer did not finish in time.', 408);
}

function cancelled() {
  return { dcfActionCode: 'CANCEL', unbindAppInstance: false };
}

/**
 * @param {Surface} surface
 * @param {unknown} height
 */
function resize(surface, height) {
  const frame = surface.overlay?.querySelector('iframe');
  if (frame && typeof height === 'number') frame.style.height = `min(${Math.ceil(height)}px, 100vh)`;
}
