"""Verifies an access token as any service would, with the keys that the server publishes.

usage: verify_token.py JWKS_ADDRESS TOKEN; prints the claims as JSON.
"""

import json
import sys

import jwt

address, token = sys.argv[1:]
key = jwt.PyJWKClient(address).get_signing_key_from_jwt(token)
claims = jwt.decode(
    token,
    key,
    algorithms=["EdDSA"],
    options={"require": ["exp", "iat", "sub"], "verify_aud": False},
)
print(json.dumps(claims))
