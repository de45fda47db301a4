"""One pair of payload keys for the SRC initiators of most tests; making one takes 50 ms."""

from jwcrypto.jwk import JWK

JWKS = {"keys": [JWK.generate(kty="RSA", size=2048, kid="of-the-tests").export(as_dict=True)]}
