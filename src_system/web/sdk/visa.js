/** Visa's SDK: `new window.vAdapters.VisaSRCI()`, and `window.VISA_SDK` beside it. */

import { publishNeutral } from './globals.js';
import { NETWORKS } from './networks.js';
import { openSdk } from './network_sdk.js';
import { findPlace } from './place.js';

const visaPlace = findPlace('visa', ['visa-sdk.js', 'visaSdk.js', 'visa/sdk/v1/src-sdk.js']);
const visaPage = /** @type {any} */ (window);
visaPage.vAdapters ??= {};
/** @constructor */
visaPage.vAdapters.VisaSRCI = function VisaSRCI() {
  const sdk = openSdk(NETWORKS.visa, visaPlace);
  const init = sdk.init;
  sdk.init = async (options) => {
    const answer = await init(options);
    visaPage.VISA_SDK.correlationId = options.srciTransactionId;
    return answer;
  };
  return sdk;
};
visaPage.VISA_SDK = {
  correlationId: '',
  /** @param {string} [srciDpaId] */
  buildClientProfile: (srciDpaId) => ({ srciDpaId, simulated: true }),
};
publishNeutral('visa', visaPlace);
