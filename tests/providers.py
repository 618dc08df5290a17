"""An identity provider on this machine: it publishes keys, and signs tokens."""

import json
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from service.keys.tokens.key import PublicKey

AUDIENCE = "churn"
DESCRIPTION = "/.well-known/openid-configuration"


class SigningKey:
    """A pair of keys, with the name and the algorithm under which the public one is published."""

    def __init__(self, kid="first", algorithm="RS256", bits=2048):
        if algorithm.startswith("ES"):
            self.private = ec.generate_private_key({"ES256": ec.SECP256R1, "ES384": ec.SECP384R1}[algorithm]())
        elif algorithm == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        else:
            self.private = rsa.generate_private_key(65537, bits)
        self.kid, self.algorithm = kid, algorithm

    def published(self, **changes):
        """Return the public key as a provider shows it; ``...`` takes a member away."""
        members = jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.private.public_key(), as_dict=True)
        members.pop("key_ops", None)
        made = {**members, "kid": self.kid, "use": "sig", "alg": self.algorithm, **changes}
        return {name: value for name, value in made.items() if value is not ...}

    def public(self):
        """Return the public key as the service holds it."""
        return PublicKey((), jwt.PyJWK(self.published(), algorithm=self.algorithm))

    def sign(self, claims, **head):
        """Return a token; ``kid`` among the others of the head, ``...`` leaves it out."""
        said = {name: value for name, value in {"kid": self.kid, **head}.items() if value is not ...}
        return jwt.encode(claims, self.private, self.algorithm, said)


def claims(issuer, **changes):
    """Return what a right token says; ``...`` takes a claim away."""
    now_s = int(time.time())
    right = {"iss": issuer, "aud": AUDIENCE, "exp": now_s + 600, "iat": now_s, "sub": "crm", "scope": "predict"}
    return {name: value for name, value in {**right, **changes}.items() if value is not ...}


class Provider:
    """Its answers can be replaced: a path has a status, headers and a body."""

    def __init__(self, port):
        self.issuer = f"http://127.0.0.1:{port}"
        self.asked = Counter()
        self.answers = {}
        self.publish()

    def publish(self, *keys):
        self.answer(DESCRIPTION, {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"})
        self.answer("/keys", {"keys": [key.published() for key in keys]})

    def answer(self, path, document, status=200, **headers):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.answers[path] = status, {name.replace("_", "-"): value for name, value in headers.items()}, body


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        provider = self.server.provider
        provider.asked[self.path] += 1
        status, headers, body = provider.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # who asked has read enough
            self.close_connection = True

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def providing(*keys):
    """Run a provider that publishes ``keys``, in a thread."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.provider = provider = Provider(server.server_port)
        provider.publish(*keys)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
