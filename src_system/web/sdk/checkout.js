/** checkout: prepared at the API, finished by the consumer in the DCF, answered as the network does. */

import { resultOf, Surface } from './dcf_window.js';
import { consents, picked, texts } from './reading.js';
import { refused } from './refusals.js';

/** @typedef {import('./network_sdk.js').Session} Session */

const MEMBERS = [
  'srcDigitalCardId', 'encryptedCard', 'consumer', 'complianceSettings', 'assuranceData',
  'payloadTypeIndicatorCheckout', 'payloadTypeIndicatorPayload', 'recipientIdCheckout',
  'recipientIdPayload', 'keyFingerprintId', 'srciActionCode', 'shippingAddressId',
  'shippingAddress', 'encryptedShippingAddress', 'srciTransactionId', 'srcCorrelationId', 'saveDevice',
];

/**
 * A second click while the first is under way is the same checkout.
 * @param {Session} session
 * @param {any} options
 * @returns {Promise<any>}
 */
export function checkout(session, options) {
  const mark = options?.srcDigitalCardId ?? options?.encryptedCard ?? '';
  const running = session.running.get(mark);
  if (running) return running;
  const begun = perform(session, options).finally(() => session.running.delete(mark));
  session.running.set(mark, begun);
  return begun;
}

/**
 * @param {Session} session
 * @param {any} options
 */
async function perform(session, options) {
  if (!options?.srcDigitalCardId && !options?.encryptedCard) {
    throw refused('CARD_MISSING', 'srcDigitalCardId or encryptedCard is needed.');
  }
  const traits = session.traits;
  const skips = traits.skipsDcf && hasFullConsent(options);
  // A popup may open within the click only, and so before the first call.
  let surface = skips && !options.windowRef ? null : Surface.within(options.windowRef, traits);
  const idToken = texts(options.idToken)[0] ?? session.idTokens[0];
  const asked = askedFor(session, options, idToken);
  try {
    if (skips) {
      const answer = await session.post('transaction/credentials', asked);
      if (answer.dcfActionCode === 'COMPLETE') return told(session, answer, idToken);
    }
    const prepared = await session.post('transaction/preparedata', {
      ...asked,
      checkoutResponseUri: window.location.href.slice(0, 1024),
      ...(session.settings.dpaData && { dpaData: session.settings.dpaData }),
    });
    surface ??= Surface.overPage(traits);
    const visit = await session.openVisit({
      checkoutRequestJws: prepared.checkoutRequestJws ?? prepared.checkoutResponse,
      display: surface.display,
    });
    const ask = () => session.api.send('GET', `dcf/visits/${visit.tx}`, null);
    const greeting = { locale: asked.dpaTransactionOptions?.dpaLocale, display: surface.display };
    return told(session, await resultOf(surface, visit, traits.name, ask, greeting), idToken);
  } catch (problem) {
    surface?.close();
    throw problem;
  }
}

/** @param {any} options */
function hasFullConsent(options) {
  const types = consents(options.complianceSettings ?? options.consumer?.complianceSettings);
  return types.has('TERMS_AND_CONDITIONS') && types.has('PRIVACY_POLICY');
}

/**
 * @param {Session} session
 * @param {any} options
 * @param {string | undefined} idToken
 */
function askedFor(session, options, idToken) {
  const asked = picked(options, MEMBERS);
  if (asked.srcDigitalCardId) delete asked.encryptedCard;
  const transaction = {
    ...session.settings.dpaTransactionOptions,
    ...options.dpaTransactionOptions,
  };
  if (Object.keys(transaction).length > 0) asked.dpaTransactionOptions = transaction;
  if (idToken) asked.idToken = idToken;
  if (options.recognitionTokenRequested) asked.saveDevice = true;
  return asked;
}

/**
 * The result as the network tells it.
 * @param {Session} session
 * @param {any} result
 * @param {string | undefined} idToken
 */
function told(session, result, idToken) {
  const compact = result.checkoutResponse ?? result.checkoutResponseJWS;
  session.remember(result.recognitionToken);
  if (result.unbindAppInstance) session.idTokens = [];
  const kept = result.idToken ?? (result.unbindAppInstance ? undefined : idToken);
  return {
    dcfActionCode: result.dcfActionCode,
    ...(compact && responseMembers(session, compact)),
    ...(kept && { idToken: kept }),
    ...(result.recognitionToken && { recognitionToken: result.recognitionToken }),
    unbindAppInstance: result.unbindAppInstance === true,
    srcCorrelationId: session.srcCorrelationId,
    srciTransactionId: session.settings.srciTransactionId,
    // For the initiator's server, whose confirmation belongs to the same flow.
    headers: { 'x-src-cx-flow-id': session.api.flowId },
  };
}

/**
 * @param {Session} session
 * @param {string} compact
 */
function responseMembers(session, compact) {
  if (!session.traits.opensResponse) return { checkoutResponse: compact };
  return { checkoutResponse: claimsOf(compact), checkoutResponseSignature: compact };
}

/**
 * What a compact JWS says; its signature is the reader's to check.
 * @param {string} compact
 */
export function claimsOf(compact) {
  const text = atob(compact.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (one) => one.charCodeAt(0))));
}
