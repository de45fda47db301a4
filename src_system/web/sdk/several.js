/** Several networks driven as one: recognised, looked up, validated at one, profiles from all. */

import { strictTraits } from './networks.js';
import { methodsOf, sealed, Session } from './network_sdk.js';
import { placeBeside } from './place.js';
import { picked, texts } from './reading.js';
import { refused, Refused, shaped } from './refusals.js';

/** @typedef {import('./place.js').Place} Place */
/** @typedef {{name: string, session: Session, sdk: Record<string, (given?: any) => Promise<any>>}} Brand */

const KNOWN = ['visa', 'mastercard', 'amex', 'discover'];
/** @type {Array<[string, RegExp]>} */
const NUMBERS = [
  ['visa', /^4/],
  ['mastercard', /^(5[1-5]|2[2-7])/],
  ['amex', /^3[47]/],
  ['discover', /^6(011|4[4-9]|5)/],
];

/** @param {string} number of a card */
export function brandOf(number) {
  return NUMBERS.find(([, pattern]) => pattern.test(number))?.[0];
}

/** The networks whose cards a merchant takes. */
export class Several {
  /**
   * @param {Place} place of the network whose script it is
   * @param {string} home the name of that network
   */
  constructor(place, home) {
    this.place = place;
    this.home = home;
    /** @type {Brand[]} */
    this.brands = [];
    /** @type {Brand | null} */
    this.validating = null;
    /** @type {Map<string, Brand>} */
    this.owners = new Map();
    /** @type {any} */
    this.consumer = null;
    this.transaction = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}`;
  }

  /**
   * Initialise every brand; one that fails is left out, unless all do.
   * @param {string[]} names
   * @param {string} dpaId
   * @param {any} options dpaData, dpaTransactionOptions
   */
  async init(names, dpaId, options) {
    if (!dpaId) throw refused('DPA_ID_MISSING', 'srcDpaId is missing.');
    const wanted = names.map((one) => one.toLowerCase()).filter((one) => KNOWN.includes(one));
    const opened = (wanted.length > 0 ? wanted : KNOWN).map((name) => {
      const session = new Session(strictTraits(name), placeBeside(this.place, this.home, name));
      return { name, session, sdk: methodsOf(session) };
    });
    const outcomes = await Promise.allSettled(opened.map(async (brand) => {
      const id = encodeURIComponent(dpaId);
      const owner = await brand.session.api.send('GET', `sdk/dpas/${id}`, null);
      await brand.sdk.init({
        srcInitiatorId: owner.srcInitiatorId,
        srciDpaId: owner.srcDpaId,
        srciTransactionId: this.transaction,
        ...picked(options, ['dpaData', 'dpaTransactionOptions']),
      });
    }));
    this.brands = opened.filter((_, place) => outcomes[place].status === 'fulfilled');
    if (this.brands.length === 0) {
      throw outcomes.map((one) => (one.status === 'rejected' ? one.reason : null))[0];
    }
    return this.brands.map((brand) => brand.name);
  }

  /**
   * The answers of all brands that answer; the first refusal when none does.
   * @param {string} method
   * @param {any} given
   * @returns {Promise<Array<[Brand, any]>>}
   */
  async all(method, given) {
    const outcomes = await Promise.allSettled(this.brands.map((brand) => brand.sdk[method](given)));
    /** @type {Array<[Brand, any]>} */
    const answers = [];
    outcomes.forEach((one, place) => {
      if (one.status === 'fulfilled') answers.push([this.brands[place], one.value]);
    });
    const [first] = outcomes;
    if (answers.length === 0 && first?.status === 'rejected') throw first.reason;
    return answers;
  }

  /**
   * @param {string[]} recognitionTokens
   * @returns {Promise<string[]>} idTokens of whoever this browser remembers
   */
  async recognised(recognitionTokens = []) {
    const given = recognitionTokens.length > 0 ? { recognitionTokens } : undefined;
    const answers = await this.all('isRecognized', given);
    return answers.flatMap(([, answer]) => (answer.recognized ? answer.idTokens : []));
  }

  /**
   * Look the person up everywhere; the first brand that knows her will validate.
   * @param {any} consumerIdentity
   */
  async lookUp(consumerIdentity) {
    const answers = await this.all('identityLookup', { consumerIdentity });
    this.validating = answers.find(([, answer]) => answer.consumerPresent)?.[0] ?? null;
    return this.validating !== null;
  }

  /** @param {any} options */
  async sendCode(options = undefined) {
    if (this.validating === null) throw refused('INVALID_REQUEST', 'Nobody has been looked up.');
    const sent = await this.validating.sdk.initiateIdentityValidation(options);
    return { ...sent, network: this.validating.name };
  }

  /** @param {string} code @param {boolean} remember */
  async validate(code, remember = false) {
    if (this.validating === null) throw refused('INVALID_REQUEST', 'Nobody has been looked up.');
    const resources = [{ complianceType: 'REMEMBER_ME', uri: '' }];
    const answer = await this.validating.sdk.completeIdentityValidation({
      validationData: code,
      ...(remember && { complianceSettings: { complianceResources: resources } }),
    });
    return texts(answer.idToken);
  }

  /**
   * @param {string[]} idTokens
   * @returns {Promise<any[]>} the profiles of all brands; whose card is whose is remembered
   */
  async profiles(idTokens) {
    const answers = await this.all('getSrcProfile', { idTokens });
    this.owners.clear();
    for (const [brand, answer] of answers) {
      for (const card of answer.profiles.flatMap((/** @type {any} */ one) => one.maskedCards)) {
        this.owners.set(card.srcDigitalCardId, brand);
      }
    }
    const profiles = answers.flatMap(([, answer]) => answer.profiles);
    this.consumer = profiles[0]?.maskedConsumer ?? null;
    return profiles;
  }

  /**
   * The brand that a checkout goes to; found at once, for the click does not last.
   * @param {any} options
   * @returns {Brand}
   */
  brandFor(options) {
    const name = (options.cardBrand ?? this.home).toLowerCase();
    const found = options.srcDigitalCardId
      ? this.owners.get(options.srcDigitalCardId)
      : (this.brands.find((brand) => brand.name === name) ?? this.brands[0]);
    if (!found) throw refused('CARD_NOT_RECOGNIZED', 'The card is not among those that were shown.');
    return found;
  }

  /**
   * @param {any} card members of a card in clear
   * @returns {Promise<{encryptedCard: string, cardBrand: string}>}
   */
  async seal(card) {
    const number = String(card.primaryAccountNumber ?? '').replace(/\s/g, '');
    const brand = this.brands.find((one) => one.name === brandOf(number));
    if (!brand) throw refused('CARD_INVALID', 'No brand of this merchant has such a card.');
    const year = String(card.panExpirationYear ?? '');
    const clear = {
      ...card,
      primaryAccountNumber: number,
      panExpirationYear: year.length === 2 ? `20${year}` : year,
    };
    return { encryptedCard: await sealed(brand.session, clear), cardBrand: brand.name };
  }

  /** @param {any} given */
  async unbind(given = undefined) {
    await this.all('unbindAppInstance', given);
    this.owners.clear();
    this.validating = null;
    this.consumer = null;
  }
}

/**
 * A refusal as the unified SDKs show it, whatever it was thrown as.
 * @param {any} problem
 */
export function plain(problem) {
  return problem instanceof Refused || problem instanceof Error ? shaped(problem, 'flat') : problem;
}
