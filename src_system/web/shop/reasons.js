/** What a network's refusal means to a shopper, and whether Click to Pay can go on (spec js-sdk 4.6). */

import { say } from './page.js';
import { problemOf } from './trace.js';

/** @type {Record<string, string[]>} text to reasons */
const MEANINGS = {
  noCards: ['NOT_FOUND', 'CONSUMER_NOT_FOUND', 'UNRECOGNIZED_CONSUMER_ID'],
  checkIdentity: ['CONSUMER_ID_MISSING', 'ID_FORMAT_UNSUPPORTED', 'CONSUMER_ID_FORMAT_INVALID', 'ID_INVALID'],
  accountBlocked: ['FRAUD', 'ACCT_FRAUD'],
  locked: ['ACCT_INACCESSIBLE', 'LOCKED'],
  codeWrong: ['CODE_INVALID', 'VALIDATION_DATA_INVALID'],
  codeOld: ['CODE_EXPIRED', 'VALIDATION_DATA_EXPIRED'],
  tooMany: ['RETRIES_EXCEEDED'],
  codeNotSent: ['OTP_SEND_FAILED'],
  chooseOther: ['RISK_DECISION', 'CARD_ADD_FAILED', 'CARD_INVALID', 'CARD_NOT_RECOGNIZED', 'SUSPENDED_CARD'],
  signInAgain: ['AUTH_INVALID', 'AUTH_ERROR', 'UNAUTHORIZED'],
  wait: ['RATE_LIMIT_EXCEEDED', 'RESOURCE_EXHAUSTED'],
};

/** Beyond these a code is no use: the shopper types her card. */
export const FINAL = new Set(['noCards', 'locked', 'accountBlocked', 'tooMany', 'notAvailable']);

/** @param {string} reason @returns {string} the key of its text */
export function meaningOf(reason) {
  const found = Object.entries(MEANINGS).find(([, reasons]) => reasons.includes(reason));
  return found ? found[0] : 'notAvailable';
}

/** @param {string} reason @returns {string} */
export function explain(reason) {
  return say(meaningOf(reason));
}

const TOLD = new Map([[409, 'visitOver'], [503, 'shopFull']]);

/**
 * What keeps the shopper from going on: a network's refusal, or the word of the shop's own server.
 * @param {any} problem
 * @returns {string}
 */
export function explainProblem(problem) {
  const told = problem?.problem && TOLD.get(problem.status);
  return told ? say(told) : explain(problemOf(problem).reason);
}
