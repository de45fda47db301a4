/** Visa's SDK for all networks: the ready object `window.VSDK`. Its methods resolve; they refuse by `error`. */

import { findPlace } from './place.js';
import { plain, Several } from './several.js';

const place = findPlace('visa', ['integration/v2/sdk.js']);
const several = new Several(place, 'visa');
let correlationId = '';

/** @type {Record<string, string>} */
const REASONS = {
  CODE_INVALID: 'VALIDATION_DATA_INVALID',
  CODE_EXPIRED: 'VALIDATION_DATA_EXPIRED',
};

/** @param {any} problem @param {string} actionCode */
function failed(problem, actionCode) {
  const error = plain(problem);
  return { actionCode, error: { ...error, reason: REASONS[error.reason] ?? error.reason } };
}

/** @param {string[]} idTokens */
async function shown(idTokens) {
  const profiles = await several.profiles(idTokens);
  const hasCards = profiles.some((one) => one.maskedCards.length > 0);
  return {
    actionCode: hasCards ? 'SUCCESS' : 'ADD_CARD',
    profiles,
    maskedConsumer: several.consumer,
  };
}

async function pending() {
  return { actionCode: 'PENDING_CONSUMER_IDV', profiles: [], ...(await several.sendCode()) };
}

/** @type {any} */ (window).VSDK = {
  /** @param {any} [options] */
  async initialize(options) {
    const brands = (place.query.get('cardBrands') ?? '').split(',').filter(Boolean);
    const locale = place.query.get('locale');
    const dpaId = place.query.get('dpaId') ?? place.query.get('srcDpaId') ?? options?.dpaId;
    const dpaTransactionOptions = {
      ...(locale && { dpaLocale: locale }),
      ...options?.dpaTransactionOptions,
    };
    correlationId = options?.correlationId ?? several.transaction;
    try {
      await several.init(brands, dpaId, { ...options, dpaTransactionOptions });
      return {};
    } catch (problem) {
      throw plain(problem);
    }
  },

  /** @param {any} [options] */
  async getCards(options) {
    try {
      if (options?.validationData) return await shown(await several.validate(options.validationData));
      const idTokens = await several.recognised();
      if (idTokens.length > 0) return await shown(idTokens);
      if (!options?.consumerIdentity) return { actionCode: 'ADD_CARD', profiles: [] };
      if (!(await several.lookUp(options.consumerIdentity))) {
        return { actionCode: 'ADD_CARD', profiles: [] };
      }
      return await pending();
    } catch (problem) {
      return failed(problem, 'FAILED');
    }
  },

  async initiateIdentityValidation() {
    try {
      return await pending();
    } catch (problem) {
      return failed(problem, 'FAILED');
    }
  },

  /** @param {any} options */
  async checkout(options) {
    try {
      const answer = await several.brandFor(options).sdk.checkout(options);
      const { dcfActionCode, recognitionToken, unbindAppInstance, ...told } = answer;
      return {
        ...told,
        actionCode: dcfActionCode === 'COMPLETE' ? 'SUCCESS' : dcfActionCode,
        ...(recognitionToken && { bindingStatus: 'BIND' }),
        ...(unbindAppInstance && { bindingStatus: 'UNBIND' }),
      };
    } catch (problem) {
      return failed(problem, 'ERROR');
    }
  },

  async unbindAppInstance() {
    try {
      await several.unbind();
      return {};
    } catch (problem) {
      return { error: plain(problem) };
    }
  },

  get correlationId() {
    return correlationId;
  },
};
