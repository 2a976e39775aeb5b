"""Tokens made by PyJWT with new keys: Retort takes what PyJWT takes, and nothing else."""
import base64
import json
import os
import random
import subprocess
from pathlib import Path

import pytest

jwt = pytest.importorskip("jwt")
pytest.importorskip("cryptography")

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm  # noqa: E402

from support.project import program  # noqa: E402

NOW = 1_000_000
SECRET = "a secret of tests that is long enough"
AUDIENCE = "shop"


def jwk(key, algorithm, kid):
    """PyJWT 2.6 cannot write keys of elliptic curves other than Ed25519."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        numbers = key.public_numbers()
        part = [base64.urlsafe_b64encode(n.to_bytes(32, "big")).rstrip(b"=").decode()
                for n in (numbers.x, numbers.y)]
        found = {"kty": "EC", "crv": "P-256", "x": part[0], "y": part[1]}
    else:
        found = json.loads(algorithm.to_jwk(key))
    return {**found, "kid": kid, "use": "sig"}


@pytest.fixture(scope="module")
def keys():
    """kid → algorithm, private key, public key."""
    made = {}
    for number in range(2):
        for name, private in (
            ("RS256", rsa.generate_private_key(65537, 2048)),
            ("ES256", ec.generate_private_key(ec.SECP256R1())),
            ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
        ):
            made[f"{name}-{number}"] = (name, private, private.public_key())
    made["secret"] = ("HS256", SECRET, SECRET)
    return made


@pytest.fixture(scope="module")
def ask(keys, tmp_path_factory):
    path = Path(os.environ.get("RETORT_TOKEN_ANSWERS")
                or Path(program()).parent / "tests" / "peer" / "token_answers")
    if not path.exists():
        pytest.fail(f"no program {path}: run \"make build\"")
    folder = tmp_path_factory.mktemp("tokens")
    writers = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}
    (folder / "jwks.json").write_text(json.dumps({"keys": [
        jwk(public, writers[name], kid) for kid, (name, _, public) in keys.items()
        if name != "HS256"]}))
    (folder / "retort.ini").write_text(
        f"[access]\njwks = jwks.json\njwt_audience = {AUDIENCE}\nleeway = 0\n")
    child = subprocess.Popen([path, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True, env={**os.environ, "JWT_SECRET": SECRET})

    def answer(token, now=NOW):
        child.stdin.write(f"{now} {token}\n")
        child.stdin.flush()
        return child.stdout.readline().rstrip("\n")

    yield answer
    child.stdin.close()
    child.wait(timeout=10)


def make(keys, kid, claims=None, **header):
    name, private, _ = keys[kid]
    return jwt.encode({"exp": NOW + 60, "aud": AUDIENCE, **(claims or {})}, private,
                      algorithm=name, headers={"kid": kid, **header})


def test_tokens_of_all_keys_are_taken(keys, ask):
    for kid in keys:
        for number in range(20):
            answer = ask(make(keys, kid, {"sub": f"größe {number}"}))
            assert answer.startswith("ok "), (kid, answer)
            assert json.loads(answer[3:])["sub"] == f"größe {number}"


def test_tokens_of_other_keys_are_refused(keys, ask):
    for kid, (name, _, _) in keys.items():
        for other, (other_name, private, _) in keys.items():
            if other == kid:
                continue
            token = jwt.encode({"exp": NOW + 60, "aud": AUDIENCE}, private, algorithm=other_name,
                               headers={"kid": kid})
            # The secret has no kid of its own, so that any may name it.
            expected = ("ok" if other_name == "HS256"
                        else "bad_signature" if name == other_name else "unknown_key")
            assert ask(token).split()[0] == expected, (kid, other)


def test_a_changed_byte_is_refused_as_by_the_peer(keys, ask):
    chance = random.Random(3)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    for kid, (name, _, public) in keys.items():
        token = make(keys, kid)
        for _ in range(60):
            at = chance.randrange(len(token))
            changed = token[:at] + chance.choice(letters) + token[at + 1:]
            if changed == token:
                continue
            assert not ask(changed).startswith("ok"), changed


@pytest.mark.parametrize("claims, reason", [
    ({"exp": NOW}, "expired"),
    ({"exp": NOW + 1}, "ok"),
    ({"nbf": NOW + 1}, "not_yet_valid"),
    ({"iat": NOW + 1}, "not_yet_valid"),
    ({"aud": "others"}, "wrong_audience"),
    ({"aud": ["others", AUDIENCE]}, "ok"),
])
def test_claims_are_judged(keys, ask, claims, reason):
    for kid in keys:
        assert ask(make(keys, kid, claims)).split()[0] == reason


def test_unsigned_and_confused_tokens_are_refused(keys, ask):
    claims = {"exp": NOW + 60, "aud": AUDIENCE}
    assert ask(jwt.encode(claims, None, algorithm="none")) == "malformed"
    for kid, (name, private, _) in keys.items():
        for stronger in {"RS256": ["RS384", "RS512", "PS256"], "HS256": ["HS384", "HS512"]}.get(
                name, []):
            token = jwt.encode(claims, private, algorithm=stronger, headers={"kid": kid})
            assert ask(token) == "unsupported_algorithm"
