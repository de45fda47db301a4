/** Mastercard's SDK: the ready object `window.SRCSDK_MASTERCARD`. */

import { publishNeutral } from './globals.js';
import { NETWORKS } from './networks.js';
import { openSdk } from './network_sdk.js';
import { findPlace } from './place.js';

const mastercardPlace = findPlace('mastercard', ['srcsdk.mastercard.js', 'mastercard/sdk/v1/src-sdk.js']);
/** @type {any} */ (window).SRCSDK_MASTERCARD = openSdk(NETWORKS.mastercard, mastercardPlace);
publishNeutral('mastercard', mastercardPlace);
