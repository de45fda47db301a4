/** Every SDK call of the page: to which network, with what, what came of it and how long it took. */

/**
 * @typedef {object} Call
 * @property {number} number
 * @property {string} network
 * @property {string} method
 * @property {any} sent
 * @property {any} [answered]
 * @property {any} [refused]
 * @property {string} at ISO 8601
 * @property {number} [milliseconds]
 */

/** What a rejection of any network's SDK says. @typedef {{reason: string, message: string, status?: any}} Problem */

/**
 * @param {any} thrown nested, flat, or an Error
 * @returns {Problem}
 */
export function problemOf(thrown) {
  const found = thrown?.error ?? thrown;
  if (found?.reason) return found;
  return { reason: 'UNKNOWN_ERROR', message: String(found?.message ?? found) };
}

export class Trace extends EventTarget {
  constructor() {
    super();
    /** @type {Call[]} */
    this.calls = [];
  }

  /**
   * What *act* resolves to; its rejection as a Problem.
   * @param {string} network
   * @param {string} method
   * @param {any} sent
   * @param {() => Promise<any>} act
   */
  async follow(network, method, sent, act) {
    /** @type {Call} */
    const call = {
      number: this.calls.length + 1, network, method, sent: plain(sent), at: new Date().toISOString(),
    };
    this.calls.push(call);
    const began = performance.now();
    this.changed();
    try {
      const answer = await act();
      call.answered = plain(answer);
      return answer;
    } catch (thrown) {
      call.refused = problemOf(thrown);
      throw call.refused;
    } finally {
      call.milliseconds = Math.round(performance.now() - began);
      this.changed();
    }
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }
}

/**
 * *value* as JSON has it; a window in it is named, not shown.
 * @param {any} value
 */
function plain(value) {
  if (value === undefined) return undefined;
  return JSON.parse(JSON.stringify(value, (name, one) => (name === 'windowRef' ? '(a window)' : one)));
}
