/** authenticate: by the API where the caller asks the consumer, by the DCF where we do. */

import { resultOf, Surface } from './dcf_window.js';
import { picked } from './reading.js';
import { refused } from './refusals.js';

/** @typedef {import('./network_sdk.js').Session} Session */

/**
 * @param {Session} session
 * @param {any} options
 * @returns {Promise<any>}
 */
export async function authenticate(session, options) {
  const attributes = options?.authenticationMethod?.methodAttributes ?? {};
  if (session.pending && (attributes.otpValue || attributes.cardSecurityCode || attributes.challenge)) {
    const answer = await session.post('authentication/complete', {
      authenticationSessionId: session.pending,
      methodAttributes: attributes,
    });
    session.pending = null;
    if (answer.idToken) session.idTokens = [answer.idToken];
    return answer;
  }
  const asked = picked(options, [
    'accountReference', 'authenticationMethod', 'authenticationContext', 'srciTransactionId',
    'srcCorrelationId', 'serviceId',
  ]);
  if (!asked.accountReference && session.identity) {
    asked.accountReference = { consumerIdentity: session.identity };
  }
  if (!asked.accountReference) throw refused('INVALID_PARAMETER', 'accountReference is missing.');
  if (session.traits.authenticatesByApi && !options.windowRef) {
    const answer = await session.post('authentication/initiate', asked);
    session.pending = answer.authenticationStatus === 'PENDING' ? answer.authenticationSessionId : null;
    return answer;
  }
  return byDcf(session, options, asked);
}

/**
 * @param {Session} session
 * @param {any} options
 * @param {any} asked
 */
async function byDcf(session, options, asked) {
  const traits = session.traits;
  const surface = Surface.within(options.windowRef, traits);
  try {
    const visit = await session.openVisit({
      ...asked,
      display: surface.display,
      locale: session.settings.dpaTransactionOptions?.dpaLocale,
      requestRecognitionToken:
        options.requestRecognitionToken === true || options.recognitionTokenRequested === true,
    });
    const ask = () => session.api.send('GET', `dcf/visits/${visit.tx}`, null);
    const result = visit.result ?? (await resultOf(surface, visit, traits.name, ask, {}));
    surface.close();
    return await proven(session, asked, result);
  } catch (problem) {
    surface.close();
    throw problem;
  }
}

/**
 * @param {Session} session
 * @param {any} asked
 * @param {any} result
 */
async function proven(session, asked, result) {
  if (result.dcfActionCode === 'SWITCH_CONSUMER') throw refused('AUTHENTICATE_FAILURE', 'Not you clicked');
  if (result.dcfActionCode !== 'COMPLETE') throw refused('AUTHENTICATE_FAILURE', 'Cancelled by the consumer');
  session.remember(result.recognitionToken);
  const { dcfActionCode, unbindAppInstance, ...answer } = result;
  if (!answer.idToken || !asked.accountReference.consumerIdentity) return answer;
  session.idTokens = [answer.idToken];
  const profile = await session.post('profiles/prepare', { idTokens: session.idTokens });
  const cards = profile.profiles.flatMap((/** @type {any} */ one) => one.maskedCards ?? []);
  return { ...answer, cards };
}
