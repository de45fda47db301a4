/** In what the four SDKs differ, as data: names, arguments, answers, error shapes (docs/browser.md). */

/**
 * @typedef {object} NetworkTraits
 * @property {string} name of the network in addresses
 * @property {string[]} methods that the SDK has; the others are undefined, as with the real one
 * @property {'nested' | 'flat'} errors `{error: {…}}` or the error itself
 * @property {'bare' | 'wrapped'} identity the argument of identityLookup
 * @property {boolean} codeAsText whether completeIdentityValidation takes a plain string
 * @property {boolean} tokensAsList whether getSrcProfile takes a bare array
 * @property {boolean} choosesChannel whether requestedValidationChannelId is heeded
 * @property {boolean} opensResponse whether checkoutResponse is an object beside its signature
 * @property {boolean} needsOptions whether init needs dpaTransactionOptions
 * @property {boolean} skipsDcf whether full consent in the call makes the DCF needless
 * @property {boolean} authenticatesByApi whether authenticate without a window begins at once
 * @property {'A128GCM' | 'A256GCM'} encryption of cards
 * @property {string} frameId of the hidden system frame
 * @property {string} dcfFrameId of the DCF's frame where no popup can be opened
 */

const EVERYWHERE = [
  'init', 'isRecognized', 'identityLookup', 'initiateIdentityValidation',
  'completeIdentityValidation', 'getSrcProfile', 'enrollCard', 'checkout', 'authenticate',
  'unbindAppInstance',
];
const BY_EMV = [
  ...EVERYWHERE, 'deleteCard', 'addBillingAddress', 'addShippingAddress', 'updateAddress',
  'deleteAddress', 'authenticationMethodsLookup',
];

/** @type {Omit<NetworkTraits, 'name'>} */
const EMV = {
  methods: BY_EMV,
  errors: 'flat',
  identity: 'wrapped',
  codeAsText: false,
  tokensAsList: false,
  choosesChannel: true,
  opensResponse: false,
  needsOptions: false,
  skipsDcf: false,
  authenticatesByApi: false,
  encryption: 'A256GCM',
  frameId: 'src-system-frame',
  dcfFrameId: 'src-dcf',
};

/** @type {Record<string, NetworkTraits>} */
export const NETWORKS = {
  visa: {
    ...EMV,
    name: 'visa',
    methods: EVERYWHERE,
    errors: 'nested',
    identity: 'bare',
    codeAsText: true,
    tokensAsList: true,
    choosesChannel: false,
    authenticatesByApi: true,
    frameId: 'vcop-src-system-frame',
    dcfFrameId: 'vcop-dcf',
  },
  mastercard: {
    ...EMV,
    name: 'mastercard',
    methods: [...EVERYWHERE, 'deleteCard'],
    opensResponse: true,
    needsOptions: true,
    skipsDcf: true,
    encryption: 'A128GCM',
    frameId: 'src-system-frame-mastercard',
  },
  amex: { ...EMV, name: 'amex', frameId: 'src-system-frame-amex' },
  discover: { ...EMV, name: 'discover', frameId: 'src-system-frame-discover' },
};

/**
 * The same network in the EMV form, for whoever wants one form for all.
 * @param {string} name
 * @returns {NetworkTraits}
 */
export function strictTraits(name) {
  return { ...EMV, name, frameId: NETWORKS[name].frameId, encryption: NETWORKS[name].encryption };
}
