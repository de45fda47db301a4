/** Discover's SDK: the ready object `window.DGNCheckout`. */

import { publishNeutral } from './globals.js';
import { NETWORKS } from './networks.js';
import { openSdk } from './network_sdk.js';
import { findPlace } from './place.js';

const discoverPlace = findPlace('discover', ['srcsdk.discover.js', 'discover/sdk/v1/src-sdk.js']);
/** @type {any} */ (window).DGNCheckout = openSdk(NETWORKS.discover, discoverPlace);
publishNeutral('discover', discoverPlace);
