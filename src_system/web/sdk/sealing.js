/** A card sealed in the browser: a compact JWE by WebCrypto, RSA-OAEP-256 with AES-GCM. */

/** @typedef {JsonWebKey & { kid?: string }} PublicJwk */

/**
 * @param {Uint8Array | ArrayBuffer} bytes
 * @returns {string}
 */
function base64url(bytes) {
  let text = '';
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/**
 * The key that cards are sealed to, among those that a network publishes.
 * @param {{keys: PublicJwk[]}} published
 * @returns {PublicJwk}
 */
export function sealingKey(published) {
  const key = published.keys.find((one) => one.use === 'enc' || /encryption/.test(one.kid ?? ''));
  if (!key) throw new Error('The network publishes no key for cards.');
  return key;
}

/**
 * *content* as a compact JWE to *key*.
 * @param {object} content
 * @param {PublicJwk} key
 * @param {'A128GCM' | 'A256GCM'} encryption
 * @returns {Promise<string>}
 */
export async function seal(content, key, encryption = 'A256GCM') {
  const recipient = await crypto.subtle.importKey(
    'jwk',
    { kty: 'RSA', n: key.n, e: key.e, ext: true },
    { name: 'RSA-OAEP', hash: 'SHA-256' },
    false,
    ['encrypt'],
  );
  const encoder = new TextEncoder();
  const header = {
    alg: 'RSA-OAEP-256',
    enc: encryption,
    kid: key.kid,
    typ: 'JOSE',
    iat: Math.floor(Date.now() / 1000),
  };
  const protectedHeader = base64url(encoder.encode(JSON.stringify(header)));
  const secret = crypto.getRandomValues(new Uint8Array(encryption === 'A128GCM' ? 16 : 32));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const contentKey = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt']);
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: encoder.encode(protectedHeader), tagLength: 128 },
      contentKey,
      encoder.encode(JSON.stringify(content)),
    ),
  );
  const wrapped = await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, recipient, secret);
  const end = sealed.length - 16;
  return [
    protectedHeader,
    base64url(wrapped),
    base64url(iv),
    base64url(sealed.slice(0, end)),
    base64url(sealed.slice(end)),
  ].join('.');
}
