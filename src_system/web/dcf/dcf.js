/** The DCF's page beside its forms: it tells the SDK where the visit stands, and seals codes. */

import { seal, sealingKey } from '../sdk/sealing.js';

const page = document.body.dataset;
const opener = page.opener ?? '';
const other = window.opener ?? (window.parent === window ? null : window.parent);
let seq = 0;

/**
 * To the page that opened this one and to no other origin; nothing where there is none.
 * @param {string} type
 * @param {object} data
 */
function tell(type, data) {
  if (!opener || !other) return;
  seq += 1;
  other.postMessage({ v: 1, ns: 'src-sim', net: page.network, tx: page.tx, seq, type, data }, opener);
}

/** @param {string} text */
function plainDigits(text) {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0));
}

/** @param {HTMLFormElement} form */
async function sealSecurityCode(form) {
  const field = /** @type {HTMLInputElement} */ (form.querySelector('#security-code'));
  const hidden = /** @type {HTMLInputElement} */ (form.elements.namedItem('encryptedCard'));
  const code = plainDigits(field.value.trim()); // typed before this script was there, maybe
  try {
    const keys = await (await fetch(`${page.base}/keys`)).json();
    hidden.value = await seal({ cardSecurityCode: code }, sealingKey(keys));
  } catch {
    field.name = 'securityCode'; // a page without TLS has no WebCrypto: then as it was typed
  }
}

/** @param {SubmitEvent} event */
async function submit(event) {
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (form.dataset.sent) {
    event.preventDefault(); // the second half of a double click
    return;
  }
  form.dataset.sent = 'yes';
  form.setAttribute('aria-busy', 'true');
  const mustSeal = form.querySelector('#security-code') && button?.value === 'continue';
  if (!mustSeal) return;
  event.preventDefault();
  await sealSecurityCode(form);
  const chosen = document.createElement('input');
  Object.assign(chosen, { type: 'hidden', name: 'action', value: 'continue' });
  form.append(chosen);
  form.submit();
}

for (const form of document.forms) form.addEventListener('submit', submit);
for (const button of document.querySelectorAll('button[disabled]')) button.removeAttribute('disabled');
for (const field of document.querySelectorAll('input[inputmode="numeric"]')) {
  field.addEventListener('input', () => {
    const input = /** @type {HTMLInputElement} */ (field);
    const plain = plainDigits(input.value);
    if (plain !== input.value) input.value = plain;
  });
}
// Coming back by the history shows the form as it was sent: it may be sent again.
window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});

window.addEventListener('message', (event) => {
  if (event.source !== other || event.origin !== opener) return;
  if (event.data?.ns !== 'src-sim' || event.data.tx !== page.tx) return;
  if (event.data.type === 'DCF_INIT') tell('DCF_ACK', {});
});

tell('DCF_READY', { versions: [1] });
tell('DCF_STEP', { step: page.step });
if (page.display === 'IFRAME') {
  const height = () => tell('DCF_RESIZE', { height: document.documentElement.scrollHeight });
  new ResizeObserver(height).observe(document.body);
}
// What was refused comes first; it may lie below the fold, as nothing else here does.
const refused = document.querySelector('[aria-invalid="true"]');
const focused = refused ?? document.querySelector('#code, #security-code') ?? document.querySelector('#title');
/** @type {HTMLElement | null} */ (focused)?.focus({ preventScroll: !refused });
if (page.result) {
  const result = JSON.parse(page.result);
  if (result.error) tell('DCF_ERROR', result.error);
  else tell('DCF_RESULT', result);
}
setInterval(() => tell('DCF_PING', {}), 1000);
