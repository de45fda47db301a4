/** The hidden system frame's script: calls with the network's cookie, and the token it keeps. */

import { Api } from './api.js';
import { Refused } from './refusals.js';

const settings = document.documentElement.dataset;
const network = settings.network ?? '';
const opener = settings.opener ?? '';
const api = new Api(`${window.location.origin}${settings.base ?? ''}`);
const KEY = `src-recognition:${settings.base}`;

/** @returns {string | null} the token kept for this browser; null where storage is forbidden */
function kept() {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** @param {unknown} token kept from now on, or forgotten when there is none */
function keep(token) {
  try {
    if (typeof token === 'string' && token) window.localStorage.setItem(KEY, token);
    else window.localStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {any} body
 * @param {string | null} token
 */
function withToken(body, token) {
  const given = body.recognitionTokens ?? [];
  return token === null ? body : { ...body, recognitionTokens: [...new Set([...given, token])] };
}

/** @type {Record<string, (params: any) => Promise<any>>} */
const METHODS = {
  /** Recognise by cookie, by the token kept here, and by those that the initiator has. */
  async recognize({ body }) {
    return api.send('POST', 'src/v1/identities/recognize', withToken(body, kept()), 'same-origin');
  },
  /** Hand in a one-time code: the answer may bind this browser. */
  async complete({ body }) {
    const answer = await api.send(
      'POST', 'src/v1/identities/validation/complete', body, 'same-origin');
    if (answer.recognitionToken) keep(answer.recognitionToken);
    return answer;
  },
  /** Forget this browser. */
  async unbind({ body }) {
    const answer = await api.send('POST', 'src/v1/apps/unbind', withToken(body, kept()), 'same-origin');
    keep(null);
    return answer;
  },
  async keep({ token }) {
    return { kept: keep(token) };
  },
};

/**
 * @param {string} type
 * @param {number} seq
 * @param {object} data
 */
function tell(type, seq, data) {
  window.parent.postMessage({ v: 1, ns: 'src-sim', net: network, seq, type, data }, opener);
}

window.addEventListener('message', async (event) => {
  if (event.source !== window.parent || event.origin !== opener) return;
  const message = event.data;
  if (message?.ns !== 'src-sim' || message.type !== 'SYS_CALL' || message.net !== network) return;
  const method = METHODS[message.data?.method];
  if (!method) return;
  try {
    tell('SYS_REPLY', message.seq, { answer: await method(message.data.params ?? {}) });
  } catch (problem) {
    const refusal = problem instanceof Refused
      ? problem.refusal
      : { reason: 'UNKNOWN_ERROR', message: String(problem), status: 500 };
    tell('SYS_REPLY', message.seq, { refusal });
  }
});
tell('SYS_READY', 0, { versions: [1] });
