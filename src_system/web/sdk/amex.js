/** American Express's SDK: `window.AmexSS.getInstance()`, always the same object. */

import { publishNeutral } from './globals.js';
import { NETWORKS } from './networks.js';
import { openSdk } from './network_sdk.js';
import { findPlace } from './place.js';

const amexPlace = findPlace('amex', ['srcsdk.amex.js', 'amex/sdk/v1/src-sdk.js']);
const amexSdk = openSdk(NETWORKS.amex, amexPlace);
/** @type {any} */ (window).AmexSS = { getInstance: () => amexSdk };
publishNeutral('amex', amexPlace);
