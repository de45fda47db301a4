/** The SDK of one network: the methods of EMV SRC over its API, in that network's own manner. */

import { Api } from './api.js';
import { checkout } from './checkout.js';
import { authenticate } from './authentication.js';
import { seal, sealingKey } from './sealing.js';
import {
  checkInit, picked, readCode, readIdentity, readIdTokens, readUnbinding, texts,
} from './reading.js';
import { refused, shaped } from './refusals.js';
import { SystemFrame } from './system_frame.js';

/** @typedef {import('./networks.js').NetworkTraits} NetworkTraits */
/** @typedef {import('./place.js').Place} Place */

/** What one SDK object knows; a page has one per network. */
export class Session {
  /**
   * @param {NetworkTraits} traits
   * @param {Place} place
   */
  constructor(traits, place) {
    this.traits = traits;
    this.api = new Api(place.base);
    this.query = place.query;
    this.frame = new SystemFrame(place.base, traits.name, traits.frameId, this.api);
    /** @type {any} */
    this.settings = null;
    /** @type {any} */
    this.keys = null;
    /** @type {string | undefined} */
    this.srcCorrelationId = undefined;
    /** @type {any} */
    this.identity = null;
    /** @type {string | undefined} */
    this.idValidationSessionId = undefined;
    /** @type {string[]} */
    this.idTokens = [];
    /** @type {any} */
    this.pending = null;
    /** @type {Map<string, Promise<any>>} */
    this.running = new Map();
  }

  /** Members that every call names. */
  get named() {
    return {
      srcClientId: this.settings.srcInitiatorId,
      srcDpaId: this.settings.srciDpaId,
      srciTransactionId: this.settings.srciTransactionId,
      srcCorrelationId: this.srcCorrelationId,
    };
  }

  /**
   * @param {any} answer
   * @returns {any} the same; its session is ours from now on
   */
  heard(answer) {
    if (answer?.srcCorrelationId) this.srcCorrelationId = answer.srcCorrelationId;
    return answer;
  }

  /**
   * @param {string} resource
   * @param {object} members
   */
  async post(resource, members) {
    return this.heard(await this.api.post(resource, { ...this.named, ...members }));
  }

  /**
   * A call that touches the network's cookie: in the system frame, or without it where there is
   * none, so that an initiator who keeps tokens of its own is served all the same.
   * @param {string} method
   * @param {string} resource
   * @param {object} members
   */
  async bound(method, resource, members) {
    const body = { ...this.named, ...members };
    if (this.query.get('cookies') !== 'blocked' && (await this.frame.open())) {
      return this.heard(await this.frame.call(method, { body }));
    }
    return this.heard(await this.api.post(resource, body));
  }

  /**
   * A visit to the DCF, at the address by which this page knows the network: a proxy before the
   * server may have given it another.
   * @param {object} members
   * @returns {Promise<import('./dcf_window.js').Visit>}
   */
  async openVisit(members) {
    const visit = await this.api.send('POST', 'dcf/visits', { ...this.named, ...members });
    return this.heard({ ...visit, uri: `${this.api.base}/dcf/?tx=${visit.tx}` });
  }

  /** @param {unknown} token that recognises this browser from now on */
  remember(token) {
    if (typeof token === 'string' && token && this.query.get('cookies') !== 'blocked') {
      this.frame.call('keep', { token }).catch(() => undefined);
    }
  }
}

/** @type {Record<string, (session: Session, given: any) => Promise<any>>} */
const METHODS = {
  async init(session, options) {
    checkInit(options, session.traits);
    session.keys = await session.api.send('GET', 'keys', null);
    session.settings = options;
    const header = session.traits.clientIdHeader;
    session.api.headers = header === null ? {} : { [header]: options.srcInitiatorId };
    session.frame.open();
    return {};
  },

  async isRecognized(session, options) {
    const recognitionTokens = texts(options?.recognitionTokens ?? options?.recognitionToken);
    const answer = await session.bound('recognize', 'identities/recognize', {
      ...(recognitionTokens.length > 0 && { recognitionTokens }),
    });
    session.idTokens = answer.idTokens ?? session.idTokens;
    return picked(answer, ['recognized', 'idTokens', 'srcCorrelationId']);
  },

  async identityLookup(session, given) {
    const consumerIdentity = readIdentity(given, session.traits);
    const answer = await session.post('identities/lookup', { consumerIdentity });
    session.identity = consumerIdentity;
    session.idValidationSessionId = undefined;
    return answer;
  },

  async initiateIdentityValidation(session, options) {
    if (session.identity === null) throw refused('INVALID_REQUEST', 'Call identityLookup first.');
    const asked = session.traits.choosesChannel ? picked(options, ['requestedValidationChannelId']) : {};
    const answer = await session.post('identities/validation/initiate', {
      consumerIdentity: session.identity,
      ...asked,
    });
    session.idValidationSessionId = answer.idValidationSessionId;
    return picked(answer, [
      'maskedValidationChannel', 'validationMessage', 'supportedValidationChannels', 'srcCorrelationId',
    ]);
  },

  async completeIdentityValidation(session, given) {
    const code = readCode(given, session.traits);
    if (!session.idValidationSessionId) {
      throw refused('INVALID_REQUEST', 'Call initiateIdentityValidation first.');
    }
    const answer = await session.bound('complete', 'identities/validation/complete', {
      ...code,
      idValidationSessionId: session.idValidationSessionId,
    });
    session.idTokens = texts(answer.idToken);
    const told = picked(answer, ['idToken', 'recognitionToken', 'srcCorrelationId']);
    if (session.query.get('quirks') === 'empty-id-token') told.idToken = '';
    return told;
  },

  async getSrcProfile(session, given) {
    const brought = readIdTokens(given, session.traits.tokensAsList);
    if (brought.length > 0) session.idTokens = brought;
    const answer = await session.post('profiles/prepare', {
      ...(session.idTokens.length > 0 && { idTokens: session.idTokens }),
    });
    const profiles = (answer.profiles ?? []).map((/** @type {any} */ one) => ({
      ...one,
      maskedCards: one.maskedCards ?? [],
    }));
    return { profiles, srcCorrelationId: answer.srcCorrelationId };
  },

  async enrollCard(session, options) {
    if (!options?.encryptedCard && !options?.card) throw refused('CARD_MISSING', 'encryptedCard is missing.');
    const idToken = texts(options.idToken)[0] ?? session.idTokens[0];
    const answer = await session.post('cards', {
      ...picked(options, ['encryptedCard', 'srciTransactionId', 'consumer', 'complianceSettings',
        'dpaTransactionOptions', 'assuranceData', 'srcCorrelationId']),
      ...(options.card && { encryptedCard: await sealed(session, options.card) }),
      ...(idToken && { idToken }),
    });
    return answer;
  },

  async deleteCard(session, options) {
    if (!options?.srcDigitalCardId) throw refused('CARDID_MISSING', 'srcDigitalCardId is missing.');
    const query = new URLSearchParams(picked(session.named, ['srcClientId', 'srcCorrelationId']));
    const id = encodeURIComponent(options.srcDigitalCardId);
    await session.api.send('DELETE', `src/v1/cards/${id}?${query}`, null);
    return { srcCorrelationId: session.srcCorrelationId };
  },

  async addBillingAddress(session, options) {
    if (!options?.srcDigitalCardId) throw refused('CARDID_MISSING', 'srcDigitalCardId is missing.');
    return session.post(`cards/${encodeURIComponent(options.srcDigitalCardId)}/billingaddress`,
      picked(options, ['billingAddress', 'encryptedBillingAddress', 'idToken']));
  },

  async addShippingAddress(session, options) {
    const answer = await session.post('shippingaddresses',
      picked(options, ['shippingAddress', 'encryptedShippingAddress', 'idToken']));
    return { ...answer, addressId: answer.maskedShippingAddress?.addressId };
  },

  async updateAddress(session, options) {
    const place = `src/v1/shippingaddresses/${encodeURIComponent(options?.addressId ?? '')}`;
    return session.heard(await session.api.send('PUT', place, {
      ...session.named,
      ...picked(options, ['address', 'shippingAddress', 'idToken']),
    }));
  },

  async deleteAddress(session, options) {
    const query = new URLSearchParams(picked(session.named, ['srcClientId', 'srcCorrelationId']));
    const id = encodeURIComponent(options?.addressId ?? '');
    await session.api.send('DELETE', `src/v1/shippingaddresses/${id}?${query}`, null);
    return { srcCorrelationId: session.srcCorrelationId };
  },

  async authenticationMethodsLookup(session, options) {
    return session.post('authentication/lookup',
      picked(options, ['accountReference', 'authenticationContext']));
  },

  checkout,
  authenticate,

  async unbindAppInstance(session, given) {
    const brought = readUnbinding(given);
    const idTokens = [...new Set([...brought.idTokens, ...session.idTokens])];
    const answer = await session.bound('unbind', 'apps/unbind', {
      ...(idTokens.length > 0 && { idTokens }),
      ...(brought.recognitionTokens.length > 0 && { recognitionTokens: brought.recognitionTokens }),
    });
    session.idTokens = [];
    session.identity = null;
    session.idValidationSessionId = undefined;
    session.pending = null;
    return { srcCorrelationId: answer.srcCorrelationId };
  },
};

/**
 * @param {Session} session
 * @param {object} card
 */
export function sealed(session, card) {
  return seal(card, sealingKey(session.keys), session.traits.encryption);
}

/**
 * The SDK object of a network.
 * @param {NetworkTraits} traits
 * @param {Place} place
 * @returns {Record<string, (given?: any) => Promise<any>>}
 */
export function openSdk(traits, place) {
  return methodsOf(new Session(traits, place));
}

/**
 * The methods that a caller sees of *session*.
 * @param {Session} session
 * @returns {Record<string, (given?: any) => Promise<any>>}
 */
export function methodsOf(session) {
  const traits = session.traits;
  /** @type {Record<string, (given?: any) => Promise<any>>} */
  const sdk = {};
  for (const name of traits.methods) {
    sdk[name] = async (given) => {
      try {
        if (session.settings === null && name !== 'init') {
          throw refused('INVALID_REQUEST', 'Call init first.');
        }
        return await METHODS[name](session, given);
      } catch (problem) {
        // A caller reads members of it; an Error would show neither form.
        throw shaped(problem, traits.errors);
      }
    };
  }
  return sdk;
}
