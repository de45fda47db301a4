/** The four SDKs as any SRC initiator meets them: scripts, globals, and how each wants its arguments. */

/**
 * @typedef {object} Adapter
 * @property {string} script behind the network's place
 * @property {() => any} open the SDK object, once the script is there
 * @property {(identity: object) => object} identity the argument of identityLookup
 * @property {(answer: any) => string} compact the signed checkoutResponse
 * @property {'A128GCM' | 'A256GCM'} encryption of cards
 */

const globals = /** @type {any} */ (window);
/** @param {object} identity */
const wrapped = (identity) => ({ consumerIdentity: identity });
/** @param {any} answer */
const signed = (answer) => answer.checkoutResponse;

/** @type {Record<string, Adapter>} */
export const ADAPTERS = {
  visa: {
    script: 'checkout-widget/resources/js/src-i-adapter/visa-sdk.js?v2',
    open: () => new globals.vAdapters.VisaSRCI(),
    identity: (identity) => identity,
    compact: signed,
    encryption: 'A256GCM',
  },
  mastercard: {
    script: 'sdk/srcsdk.mastercard.js',
    open: () => globals.SRCSDK_MASTERCARD,
    identity: wrapped,
    compact: (answer) => answer.checkoutResponseSignature,
    encryption: 'A128GCM',
  },
  amex: {
    script: 'sdk/srcsdk.amex.js',
    open: () => globals.AmexSS.getInstance(),
    identity: wrapped,
    compact: signed,
    encryption: 'A256GCM',
  },
  discover: {
    script: 'sdk/srcsdk.discover.js',
    open: () => globals.DGNCheckout,
    identity: wrapped,
    compact: signed,
    encryption: 'A256GCM',
  },
};

/**
 * The network's SDK, from the first of *origins* that has it.
 * @param {string} network
 * @param {string[]} origins
 * @param {string} sandbox
 * @param {boolean} blocksCookies
 * @returns {Promise<{sdk: any, base: string}>}
 */
export async function loadSdk(network, origins, sandbox, blocksCookies) {
  const { script, open } = ADAPTERS[network];
  let last;
  for (const origin of origins) {
    const base = `${origin}/s/${sandbox}/${network}`;
    const address = new URL(`${base}/${script}`);
    if (blocksCookies) address.searchParams.set('cookies', 'blocked');
    try {
      await load(address.href);
      return { sdk: open(), base };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** @param {string} source */
function load(source) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = source;
    script.onload = () => resolve(undefined);
    script.onerror = () => reject(new Error(`${source} cannot be loaded`));
    document.head.append(script);
  });
}
