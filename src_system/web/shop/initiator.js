/** The shop as an SRC initiator: one shopper, four SDKs, one list of cards (spec js-sdk 2.2). */

import { inOrder, shownCard } from './cards.js';
import { ADAPTERS, loadSdk } from './networks.js';
import { page, say } from './page.js';
import { meaningOf } from './reasons.js';
import { problemOf } from './trace.js';
import { seal, sealingKey } from '../sdk/sealing.js';

const OPENING_MILLISECONDS = 8000;
const MEMORY = 'src-system-shop';

/**
 * What is known of one network.
 * @typedef {object} Known
 * @property {string} name
 * @property {string} label
 * @property {any} sdk null until it is initialised
 * @property {string} base
 * @property {boolean | null} recognised null: not asked
 * @property {boolean | null} known
 * @property {boolean} issued
 * @property {string[] | null} accepted the networks whose idTokens it took
 * @property {string | null} problem the newest refusal's reason
 * @property {number | null} cards
 */

/** @typedef {{network: string, what: string, compact: string}} Token */
/** @typedef {{network: string, token: string}} IdToken */
/** @typedef {import('./cards.js').ShownCard} ShownCard */

export class Initiator extends EventTarget {
  /**
   * @param {import('./trace.js').Trace} trace
   * @param {any} visit as the shop's server told it
   * @param {{blocksCookies: boolean}} options
   */
  constructor(trace, visit, options) {
    super();
    this.trace = trace;
    this.visit = visit;
    this.options = options;
    /** One for all networks and the whole of the shopper's session. */
    this.srciTransactionId = crypto.randomUUID();
    /** @type {Known[]} */
    this.networks = page.networks.map(({ name, label }) => ({
      name, label, sdk: null, base: '', recognised: null, known: null, issued: false, accepted: null,
      problem: null, cards: null,
    }));
    /** @type {IdToken[]} */
    this.idTokens = [];
    /** @type {Token[]} */
    this.tokens = [];
    /** Whether she wants this browser remembered; she is asked once. */
    this.remember = false;
    /** Who she is, masked, as the networks tell it. */
    this.person = '';
  }

  /** The networks whose SDK is there. */
  get ready() {
    return this.networks.filter((one) => one.sdk !== null);
  }

  /** @param {string} name @returns {Known} */
  network(name) {
    const found = this.networks.find((one) => one.name === name);
    if (!found) throw new Error(`There is no network ${name}.`);
    return found;
  }

  /** Load and initialise all four side by side; one that is not there in time is done without. */
  async begin() {
    await Promise.all(page.networks.map(async ({ name, origins }) => {
      const network = this.network(name);
      try {
        await within(OPENING_MILLISECONDS, this.open(network, origins));
      } catch (thrown) {
        network.problem = problemOf(thrown).reason;
      }
      this.changed();
    }));
    if (this.ready.length === 0) throw { reason: 'SERVICE_ERROR', message: 'No SDK could be opened.' };
  }

  /**
   * @param {Known} network
   * @param {string[]} origins
   */
  async open(network, origins) {
    const options = {
      srcInitiatorId: this.visit.srcInitiatorId,
      srciDpaId: this.visit.srciDpaId,
      srciTransactionId: this.srciTransactionId,
      dpaData: { dpaPresentationName: say('shopName') },
      dpaTransactionOptions: { dpaLocale: page.locale },
    };
    const { sdk, base } = await loadSdk(network.name, origins, this.visit.sandbox, this.options.blocksCookies);
    await this.trace.follow(network.name, 'init', options, () => sdk.init(options));
    network.sdk = sdk;
    network.base = base;
  }

  /**
   * @param {Known} network
   * @param {string} method
   * @param {any} given
   */
  async call(network, method, given) {
    try {
      return await this.trace.follow(network.name, method, given, () => network.sdk[method](given));
    } catch (problem) {
      network.problem = problemOf(problem).reason;
      this.changed();
      throw problem;
    }
  }

  /** Whether some network recognises this browser, by its cookie or by a token that we kept. */
  async recognise() {
    const kept = this.remembered();
    const answers = await Promise.allSettled(this.ready.map(async (network) => {
      const token = kept[network.name];
      const answer = await this.call(network, 'isRecognized', token ? { recognitionTokens: [token] } : {});
      network.recognised = answer.recognized === true;
      for (const idToken of answer.recognized ? answer.idTokens ?? [] : []) {
        this.keepIdToken(network, idToken);
      }
    }));
    this.changed();
    this.needSome(answers);
    return this.idTokens.length > 0;
  }

  /**
   * Who knows this person. The first of them in the page's order is to validate her, whoever
   * answers first, so that a demo goes the same way each time.
   * @param {string} email
   * @returns {Promise<Known | null>}
   */
  async lookUp(email) {
    const identity = { identityProvider: 'SRC', identityType: 'EMAIL_ADDRESS', identityValue: email };
    const answers = await Promise.allSettled(this.ready.map(async (network) => {
      network.known = null;
      const given = ADAPTERS[network.name].identity(identity);
      const answer = await this.call(network, 'identityLookup', given);
      network.known = answer.consumerPresent === true;
    }));
    this.changed();
    const knowing = this.ready.find((one) => one.known);
    if (!knowing) this.needSome(answers);
    return knowing ?? null;
  }

  /**
   * @param {Known} network
   * @param {string} [channel]
   */
  async sendCode(network, channel) {
    return this.call(network, 'initiateIdentityValidation', channel ? { requestedValidationChannelId: channel } : undefined);
  }

  /**
   * @param {Known} network
   * @param {string} code
   * @param {boolean} remember
   */
  async giveCode(network, code, remember) {
    const answer = await this.call(network, 'completeIdentityValidation', {
      validationData: code,
      ...(remember && { complianceSettings: settings(['REMEMBER_ME']) }),
    });
    network.issued = true;
    this.remember = remember;
    this.idTokens = [];
    this.keepIdToken(network, answer.idToken);
    this.keepRecognition(network, answer.recognitionToken);
    this.changed();
  }

  /** The cards of all networks that take one of our idTokens. @returns {Promise<ShownCard[]>} */
  async cards() {
    /** @type {ShownCard[]} */
    const found = [];
    const answers = await Promise.allSettled(this.ready.map(async (network) => {
      Object.assign(network, { accepted: null, cards: null, problem: null });
      const given = { idTokens: this.idTokens.map((one) => one.token) };
      const answer = await this.call(network, 'getSrcProfile', given);
      const cards = (answer.profiles ?? []).flatMap((/** @type {any} */ one) => one.maskedCards ?? []);
      network.accepted = answer.profiles?.length > 0 ? this.idTokens.map((one) => one.network) : [];
      network.cards = cards.length;
      const person = answer.profiles?.[0]?.maskedConsumer?.emailAddress;
      if (person) this.person = person;
      found.push(...cards.map((/** @type {any} */ one) => shownCard(network.name, answer.srcCorrelationId, one)));
    }));
    this.changed();
    this.needSome(answers);
    return inOrder(found, page.networks.map((one) => one.name));
  }

  /** Networks that take no idToken of another one. */
  get distrusting() {
    return this.ready.filter((one) => one.accepted === null && meaningOf(one.problem ?? '') === 'signInAgain');
  }

  /** Networks that are not there, or failed when they were asked for cards. */
  get silent() {
    const failed = this.networks.filter((one) => one.sdk === null || (one.accepted === null && one.problem !== null));
    return failed.filter((one) => !this.distrusting.includes(one));
  }

  /**
   * checkout of a card on file. To be called within the click.
   * @param {ShownCard} card
   * @param {object} transaction dpaTransactionOptions
   * @param {any} windowRef
   */
  async pay(card, transaction, windowRef) {
    const network = this.network(card.network);
    return this.checkOut(network, {
      srcDigitalCardId: card.id,
      srcCorrelationId: card.correlation,
      idToken: this.idTokens[0]?.token,
      ...(this.remember && { complianceSettings: settings(['REMEMBER_ME']) }),
      dpaTransactionOptions: transaction,
      windowRef,
    });
  }

  /**
   * checkout of a card that somebody typed; with *consumer* a profile is made for her.
   * @param {string} name of the network
   * @param {object} card
   * @param {{consumer: object | null, remember: boolean}} person
   * @param {object} transaction
   * @param {any} windowRef
   */
  async payNew(name, card, { consumer, remember }, transaction, windowRef) {
    const network = this.network(name);
    if (network.sdk === null) throw { reason: 'SERVICE_ERROR', message: `${name} is not there.` };
    const keys = await (await fetch(`${network.base}/keys`)).json();
    const encryptedCard = await seal(card, sealingKey(keys), ADAPTERS[name].encryption);
    const agreed = [
      ...(consumer ? ['TERMS_AND_CONDITIONS', 'PRIVACY_POLICY'] : []), ...(remember ? ['REMEMBER_ME'] : []),
    ];
    return this.checkOut(network, {
      encryptedCard,
      ...(consumer ? { consumer } : { idToken: this.idTokens[0]?.token }),
      ...(agreed.length > 0 && { complianceSettings: settings(agreed) }),
      ...(remember && { recognitionTokenRequested: true }),
      dpaTransactionOptions: transaction,
      windowRef,
    });
  }

  /**
   * @param {Known} network
   * @param {object} given
   */
  async checkOut(network, given) {
    const answer = await this.call(network, 'checkout', given);
    if (answer.idToken) this.keepIdToken(network, answer.idToken);
    this.keepRecognition(network, answer.recognitionToken);
    const compact = answer.dcfActionCode === 'COMPLETE' ? ADAPTERS[network.name].compact(answer) : null;
    if (compact) this.keepToken(network, 'checkoutResponse', compact);
    if (answer.unbindAppInstance) await this.signOut();
    this.changed();
    return { ...answer, network: network.name, compact };
  }

  /** Forget who she is, here and at every network. */
  async signOut() {
    const given = { idTokens: this.idTokens.map((one) => one.token) };
    await Promise.allSettled(this.ready.map((network) => this.call(network, 'unbindAppInstance', given)));
    localStorage.removeItem(MEMORY);
    this.forgetAnswers();
  }

  /** A new session, with SDKs that know nothing of the one before: to be begun. */
  renew() {
    this.srciTransactionId = crypto.randomUUID();
    for (const one of this.networks) Object.assign(one, { sdk: null, problem: null });
    this.forgetAnswers();
  }

  forgetAnswers() {
    Object.assign(this, { idTokens: [], remember: false, person: '' });
    for (const one of this.networks) {
      Object.assign(one, { recognised: null, known: null, issued: false, accepted: null, cards: null });
    }
    this.changed();
  }

  /**
   * @param {Known} network
   * @param {string} token
   */
  keepIdToken(network, token) {
    if (!token) return;
    this.idTokens = [...this.idTokens.filter((one) => one.network !== network.name), { network: network.name, token }];
    this.keepToken(network, 'idToken', token);
  }

  /**
   * @param {Known} network
   * @param {string | undefined} token
   */
  keepRecognition(network, token) {
    if (!token) return;
    const kept = { sandbox: this.visit.sandbox, tokens: { ...this.remembered(), [network.name]: token } };
    localStorage.setItem(MEMORY, JSON.stringify(kept));
    this.keepToken(network, 'recognitionToken', token);
  }

  /** @returns {Record<string, string>} recognition tokens by network, of this visit */
  remembered() {
    try {
      const kept = JSON.parse(localStorage.getItem(MEMORY) ?? '{}');
      return kept.sandbox === this.visit.sandbox ? kept.tokens : {};
    } catch {
      return {}; // somebody else wrote there
    }
  }

  /**
   * @param {Known} network
   * @param {string} what
   * @param {string} compact
   */
  keepToken(network, what, compact) {
    if (this.tokens.some((one) => one.compact === compact)) return;
    this.tokens.push({ network: network.label, what, compact });
  }

  /**
   * One network that fails is done without; all of them are a reason to stop.
   * @param {PromiseSettledResult<any>[]} answers
   */
  needSome(answers) {
    const failed = answers.filter((one) => one.status === 'rejected');
    if (failed.length === answers.length) throw /** @type {PromiseRejectedResult} */ (failed[0]).reason;
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }
}

/** @param {string[]} types @returns {object} complianceSettings that she has agreed to */
function settings(types) {
  const uri = 'https://lantern.test/terms';
  return {
    complianceResources: types.map((complianceType) => ({ complianceType, uri, version: '1' })),
  };
}

/**
 * @template Result
 * @param {number} milliseconds
 * @param {Promise<Result>} promise
 * @returns {Promise<Result>}
 */
function within(milliseconds, promise) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject({ reason: 'REQUEST_TIMEOUT', message: 'It took too long.' }), milliseconds);
  });
  return Promise.race([promise, /** @type {Promise<never>} */ (late)]);
}
