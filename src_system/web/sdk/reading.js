/** Arguments as callers write them, read into one form; what is missing is refused by name. */

import { refused } from './refusals.js';

/** @typedef {import('./networks.js').NetworkTraits} NetworkTraits */

/** @type {Record<string, string>} */
const IDENTITY_TYPES = {
  EMAIL: 'EMAIL_ADDRESS',
  MOBILE_NUMBER: 'MOBILE_PHONE_NUMBER',
  CUSTOM_IDENTIFIER: 'EXTERNAL_ACCOUNT_ID',
};

/**
 * @param {any} options
 * @param {NetworkTraits} traits
 */
export function checkInit(options, traits) {
  const missing = [
    ['srcInitiatorId', 'SRCI_ID_MISSING'],
    ['srciDpaId', 'DPA_ID_MISSING'],
    ['srciTransactionId', 'SRCI_TXID_MISSING'],
    ...(traits.needsOptions ? [['dpaTransactionOptions', 'DPA_TXOPT_MISSING']] : []),
  ].find(([name]) => !options?.[name]);
  if (missing) throw refused(missing[1], `${missing[0]} is missing.`);
  for (const name of ['srcInitiatorId', 'srciDpaId', 'srciTransactionId']) {
    if (typeof options[name] !== 'string') throw refused('INVALID_PARAMETER', `${name} must be text.`);
  }
}

/**
 * @param {any} given the argument of identityLookup
 * @param {NetworkTraits} traits
 * @returns {{identityProvider: string, identityType: string, identityValue: string}}
 */
export function readIdentity(given, traits) {
  const identity = traits.identity === 'bare' ? given : given?.consumerIdentity;
  const type = identity?.identityType ?? identity?.type;
  const value = identity?.identityValue;
  if (!type || !value) throw refused('CONSUMER_ID_MISSING', 'Type and value of the identity are needed.');
  return {
    identityProvider: identity.identityProvider ?? 'SRC',
    identityType: IDENTITY_TYPES[type] ?? type,
    identityValue: String(value),
  };
}

/**
 * @param {any} given the argument of completeIdentityValidation
 * @param {NetworkTraits} traits
 * @returns {{validationData: string, complianceSettings?: object}}
 */
export function readCode(given, traits) {
  const read = typeof given === 'string' && traits.codeAsText ? { validationData: given } : given;
  const code = read?.validationData;
  if (code === undefined || code === null || code === '') {
    throw refused('VALIDATION_DATA_MISSING', 'validationData is missing.');
  }
  return { validationData: plainDigits(String(code)), complianceSettings: read.complianceSettings };
}

/**
 * Digits of Arabic and Persian as 0 to 9, no spaces.
 * @param {string} text
 */
export function plainDigits(text) {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/\s/g, '');
}

/**
 * idTokens in any of the forms that callers use, empty ones left out.
 * @param {any} given
 * @param {boolean} takesList
 * @returns {string[]}
 */
export function readIdTokens(given, takesList) {
  if (given === undefined || given === null) return [];
  const found = Array.isArray(given) && takesList ? given : (given.idTokens ?? given.idToken ?? []);
  return texts(found);
}

/**
 * What unbindAppInstance is given: nothing, a token, a list, or members.
 * @param {any} given
 * @returns {{idTokens: string[], recognitionTokens: string[]}}
 */
export function readUnbinding(given) {
  if (typeof given === 'string' || Array.isArray(given)) {
    return { idTokens: texts(given), recognitionTokens: [] };
  }
  return {
    idTokens: texts(given?.idTokens ?? given?.idToken),
    recognitionTokens: texts(given?.recognitionTokens ?? given?.recognitionToken),
  };
}

/**
 * @param {any} found one text or a list of them
 * @returns {string[]}
 */
export function texts(found) {
  const list = Array.isArray(found) ? found : [found];
  return list.filter((one) => typeof one === 'string' && one !== '');
}

/**
 * Members of *options* that the API is asked with; those that are not there are left out.
 * @param {any} options
 * @param {string[]} names
 * @returns {any}
 */
export function picked(options, names) {
  return Object.fromEntries(
    names.filter((name) => options?.[name] !== undefined && options[name] !== null)
      .map((name) => [name, options[name]]),
  );
}

/**
 * The types of consent that a call brings along, in either form of complianceSettings.
 * @param {any} settings
 * @returns {Set<string>}
 */
export function consents(settings) {
  const types = new Set(
    (settings?.complianceResources ?? []).map((/** @type {any} */ one) => one?.complianceType),
  );
  if (settings?.tnc?.acceptedVersion) types.add('TERMS_AND_CONDITIONS');
  if (settings?.privacy?.acceptedVersion) types.add('PRIVACY_POLICY');
  return types;
}
