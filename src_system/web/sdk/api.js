/** Calls of the SRC API from a page: JSON out and in, refusals and time limits as SDKs tell them. */

import { Refused, refused, refusedBy } from './refusals.js';

const SECONDS = 30;

/** The API of one network in one sandbox. */
export class Api {
  /** @param {string} base of the network, without a trailing slash */
  constructor(base) {
    this.base = base;
    /** @type {string} */
    this.flowId = crypto.randomUUID ? crypto.randomUUID() : '';
  }

  /**
   * @param {string} method
   * @param {string} place below the network, such as src/v1/cards
   * @param {object | null} body
   * @param {RequestCredentials} [credentials]
   * @returns {Promise<any>} the answer's document, an empty object where there is none
   */
  async send(method, place, body, credentials = 'omit') {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), SECONDS * 1000);
    try {
      const answer = await fetch(`${this.base}/${place}`, {
        method,
        credentials,
        cache: 'no-store', // keys may have changed, and a simulator's faults are to be met
        signal: abort.signal,
        ...(body !== null && {
          headers: {
            'Content-Type': 'application/json',
            ...(this.flowId && { 'X-Src-Cx-Flow-Id': this.flowId }),
          },
          body: JSON.stringify(body),
        }),
      });
      const text = await answer.text();
      if (!answer.ok) throw refusedBy(answer.status, parsed(text));
      const document = text === '' ? {} : parsed(text);
      if (document === null) throw refused('SERVER_ERROR', 'The answer cannot be read.', 500);
      return document;
    } catch (problem) {
      if (problem instanceof Refused) throw problem;
      if (abort.signal.aborted) throw refused('REQUEST_TIMEOUT', 'No answer in time.', 408);
      throw refused('SERVICE_ERROR', 'The SRC System cannot be reached.', 503);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * @param {string} resource of the SRC API
   * @param {object} body
   */
  post(resource, body) {
    return this.send('POST', `src/v1/${resource}`, body);
  }
}

/**
 * @param {string} text
 * @returns {any} null for what is no JSON
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
