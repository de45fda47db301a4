/** Mastercard's SDK for all networks: `new window.MastercardCheckoutServices()`, once `Click2Pay`. */

import { findPlace } from './place.js';
import { consents, texts } from './reading.js';
import { refused } from './refusals.js';
import { plain, Several } from './several.js';

const place = findPlace('mastercard', ['integration/2/lib.js', 'merchant/2/lib.js']);

/** Every method rejects with `{reason, message}`. */
class MastercardCheckoutServices {
  constructor() {
    this.several = new Several(place, 'mastercard');
    /** @type {string[]} */
    this.idTokens = [];
    /** @type {string[]} */
    this.recognitionTokens = [];
  }

  /** @param {any} options */
  async init(options) {
    return guarded(async () => {
      const dpaId = options?.srcDpaId ?? place.query.get('srcDpaId') ?? place.query.get('dpaId');
      const locale = place.query.get('locale');
      this.recognitionTokens = texts(options?.recognitionToken);
      const dpaTransactionOptions = {
        ...(locale && { dpaLocale: locale }),
        ...options?.dpaTransactionOptions,
      };
      const brands = await this.several.init(options?.cardBrands ?? [], dpaId, {
        ...options,
        dpaTransactionOptions,
      });
      return { availableCardBrands: brands };
    });
  }

  async getCards() {
    return guarded(async () => {
      this.idTokens = await this.several.recognised(this.recognitionTokens);
      return this.idTokens.length > 0 ? this.cards() : [];
    });
  }

  async cards() {
    const profiles = await this.several.profiles(this.idTokens);
    return profiles.flatMap((one) => one.maskedCards);
  }

  /** @param {any} person `{email}` or `{mobileNumber: {countryCode, phoneNumber}}` */
  async idLookup(person) {
    return guarded(async () => {
      const mobile = person?.mobileNumber;
      const identity = person?.email
        ? { identityType: 'EMAIL_ADDRESS', identityValue: person.email }
        : mobile && {
            identityType: 'MOBILE_PHONE_NUMBER',
            identityValue: `+${mobile.countryCode}${mobile.phoneNumber}`,
          };
      if (!identity) throw refused('CONSUMER_ID_MISSING', 'email or mobileNumber is needed.');
      return { consumerPresent: await this.several.lookUp(identity) };
    });
  }

  /** @param {any} [options] */
  async initiateValidation(options) {
    return guarded(() => this.several.sendCode(options));
  }

  /** @param {any} given the code, or `{value, rememberMe?}` */
  async validate(given) {
    return guarded(async () => {
      const code = typeof given === 'string' ? given : given?.value;
      this.idTokens = await this.several.validate(code, given?.rememberMe === true);
      return this.cards();
    });
  }

  /** @param {any} options */
  authenticate(options) {
    return guarded(async () => {
      const brand = this.several.validating ?? this.several.brands[0];
      const answer = await brand.sdk.authenticate(options);
      this.idTokens = texts(answer.idToken);
      return { ...answer, cards: this.idTokens.length > 0 ? await this.cards() : [] };
    });
  }

  /** @param {any} card */
  async encryptCard(card) {
    return guarded(() => this.several.seal(card));
  }

  /** @param {any} options */
  checkoutWithCard(options) {
    return guarded(() => this.pay(options));
  }

  /** @param {any} options */
  checkoutWithNewCard(options) {
    return guarded(() => this.pay(options));
  }

  /**
   * Begun at once: a popup may open within the click only.
   * @param {any} options
   */
  async pay(options) {
    const brand = this.several.brandFor(options);
    const { rememberMe, complianceSettings, ...asked } = options;
    const settings = { ...complianceSettings };
    if (rememberMe && !consents(settings).has('REMEMBER_ME')) {
      const given = settings.complianceResources ?? [];
      settings.complianceResources = [...given, { complianceType: 'REMEMBER_ME', uri: '' }];
    }
    const answer = await brand.sdk.checkout({ ...asked, complianceSettings: settings });
    const { dcfActionCode, srcCorrelationId, srciTransactionId, unbindAppInstance, ...told } = answer;
    return {
      ...told,
      checkoutActionCode: dcfActionCode,
      checkoutResponseData: { srcCorrelationId, srciTransactionId, unbindAppInstance },
      network: brand.name,
      headers: {
        'x-src-cx-flow-id': brand.session.api.flowId,
        'merchant-transaction-id': srciTransactionId,
      },
    };
  }

  /** @param {any} [options] */
  async signOut(options) {
    return guarded(async () => {
      const recognitionTokens = texts(options?.recognitionToken);
      await this.several.unbind(recognitionTokens.length > 0 ? { recognitionTokens } : undefined);
      this.idTokens = [];
      this.recognitionTokens = [];
      return { recognized: false, cards: [] };
    });
  }
}

/**
 * @param {() => Promise<any>} act
 * @returns {Promise<any>}
 */
async function guarded(act) {
  try {
    return await act();
  } catch (problem) {
    throw plain(problem);
  }
}

const page = /** @type {any} */ (window);
page.MastercardCheckoutServices = MastercardCheckoutServices;
page.Click2Pay = MastercardCheckoutServices;
