/** Refusals as SDKs give them: the API's words turned into theirs, in the network's shape. */

/**
 * @typedef {object} Refusal
 * @property {string} reason
 * @property {string} message
 * @property {number} [status]
 * @property {Array<{reason?: string, source?: string, location?: string, message?: string}>} [details]
 */

/** A refusal on its way to the caller, in no network's shape yet. */
export class Refused extends Error {
  /** @param {Refusal} refusal */
  constructor(refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** Reasons of the REST interface that SDKs call otherwise. */
/** @type {Record<string, string>} */
const SDK_REASONS = {
  INVALID_ARGUMENT: 'INVALID_PARAMETER',
  INVALID_STATE: 'INVALID_REQUEST',
  PERMISSION_DENIED: 'AUTH_ERROR',
  UNAUTHENTICATED: 'AUTH_ERROR',
  RESOURCE_EXHAUSTED: 'RATE_LIMIT_EXCEEDED',
  INTERNAL: 'SERVER_ERROR',
  ABORTED: 'SERVER_ERROR',
  UNAVAILABLE: 'SERVICE_ERROR',
  DEADLINE_EXCEEDED: 'REQUEST_TIMEOUT',
  NOT_IMPLEMENTED: 'INVALID_REQUEST',
  CVC_VERIFICATION_REQUIRED: 'CARD_SECURITY_CODE_MISSING',
  COMPLIANCE_REQUIRED: 'TERMS_AND_CONDITIONS_NOT_ACCEPTED',
  ALREADY_EXISTS: 'CARD_ADD_FAILED',
};

/** What a detail about a card makes of INVALID_ARGUMENT. */
/** @type {Record<string, string>} */
const CARD_REASONS = {
  PAN_INELIGIBLE: 'CARD_INVALID',
  CORRUPT_DATA: 'CARD_INVALID',
  EXPIRED: 'CARD_EXP_INVALID',
  CARD_NOT_FOUND: 'CARD_NOT_RECOGNIZED',
  SUSPENDED_CARD: 'CARD_INVALID',
  INACTIVE_CARD: 'CARD_INVALID',
};

const ABOUT_CARDS = /^(encryptedCard|srcDigitalCardId)/;
/** Of addBillingAddress: the API names the member, an SDK says that the address will not do. */
const ABOUT_BILLING_ADDRESSES = /^(billingAddress|encryptedBillingAddress)/;

/**
 * The refusal in an answer of the API.
 * @param {number} status
 * @param {any} document the body, null when it was none
 * @returns {Refused}
 */
export function refusedBy(status, document) {
  const told = document?.error?.reason ? document.error : document;
  if (typeof told?.reason !== 'string') {
    return new Refused({ ...ofStatus(status), status });
  }
  const details = told.errordetail ?? told.errorDetail ?? told.details ?? [];
  const reason = reasonOf(told.reason, details);
  return new Refused({
    reason,
    message: String(told.message ?? reason),
    status,
    ...(details.length > 0 && {
      details: details.map((/** @type {any} */ one) => ({
        reason: one.reason ?? one,
        location: one.sourceType ?? 'BODY',
        source: one.source,
        message: one.message,
      })),
    }),
  });
}

/**
 * @param {string} reason
 * @param {any[]} details
 */
function reasonOf(reason, details) {
  const detail = details[0];
  const word = detail?.reason ?? detail;
  if (reason === 'INVALID_ARGUMENT' && word) {
    const isAboutCard = detail.source === undefined || ABOUT_CARDS.test(detail.source);
    if (isAboutCard && CARD_REASONS[word]) return CARD_REASONS[word];
    if (word === 'CANNOT_BE_NULL' && isAboutCard) return 'CARD_MISSING';
    if (ABOUT_BILLING_ADDRESSES.test(detail.source)) return 'ADDRESS_INVALID';
  }
  return SDK_REASONS[reason] ?? reason;
}

/**
 * @param {number} status
 * @returns {{reason: string, message: string}}
 */
function ofStatus(status) {
  if (status === 408 || status === 504) return { reason: 'REQUEST_TIMEOUT', message: 'No answer in time.' };
  if (status === 429) return { reason: 'RATE_LIMIT_EXCEEDED', message: 'Too many requests.' };
  if (status === 401 || status === 403) return { reason: 'AUTH_ERROR', message: 'Not allowed.' };
  if (status === 404) return { reason: 'NOT_FOUND', message: 'Not found.' };
  if (status === 503) return { reason: 'SERVICE_ERROR', message: 'Not available.' };
  if (status >= 500) return { reason: 'SERVER_ERROR', message: 'The SRC System failed.' };
  return { reason: 'UNKNOWN_ERROR', message: `Unexpected answer (${status}).` };
}

/**
 * @param {string} reason
 * @param {string} message
 * @param {number} [status]
 */
export function refused(reason, message, status = 400) {
  return new Refused({ reason, message, status });
}

/**
 * What the promise of a method rejects with: always an object, and only a nested one has `error`.
 * @param {unknown} problem
 * @param {'nested' | 'flat'} shape
 */
export function shaped(problem, shape) {
  const refusal =
    problem instanceof Refused
      ? problem.refusal
      : { reason: 'UNKNOWN_ERROR', message: String(problem), status: 500 };
  const { details, ...told } = refusal;
  if (shape === 'nested') return { error: { ...told, details: details ?? [] } };
  return details === undefined ? told : { ...told, errorDetail: details };
}
