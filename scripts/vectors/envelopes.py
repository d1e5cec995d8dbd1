"""Vectors for envelopes: what is signed, how it is written, and what is refused.

Deliberately not here: what the payloads say.
"""

from base64 import b64encode
from typing import Any

import orjson
from scripts.vectors.story import INDIA, bad, private, public, seed

from comity.core import envelope

PAYLOAD = b'{"says":"notify"}'
LABEL = INDIA.label("office-signing")


def envelope_vectors() -> dict[str, Any]:
    """One small envelope with every intermediate value, and what differs from it in one thing."""
    made = envelope.seal(envelope.TURN, PAYLOAD, INDIA.signer("office-signing"))
    return {
        "key": {"seed": seed(LABEL).hex(), "public": public(LABEL).hex(), "id": made.key_id},
        "payload-type": envelope.TURN,
        "payload": PAYLOAD.decode(),
        "pre-authentication": envelope.pre_authentication(envelope.TURN, PAYLOAD).decode(),
        "signature": made.signature.hex(),
        "text": made.text.decode(),
        "hash": made.hash,
        "payload-types": [
            envelope.TURN,
            envelope.STATEMENT,
            envelope.DIRECTORY,
            envelope.FOUNDING,
            envelope.BUNDLE,
        ],
        "bad": _refused(made),
    }


def _refused(made: envelope.Envelope) -> list[dict[str, str]]:
    text, value = made.text, orjson.loads(made.text)
    entry, read = value["signatures"][0], "envelope"
    other_type = envelope.pre_authentication(envelope.STATEMENT, PAYLOAD)
    stolen = b64encode(private(LABEL).sign(other_type)).decode()
    longer = [{"keyid": made.key_id, "sig": b64encode(made.signature + b"\0").decode()}]
    malformed = [
        ("a space after a colon", "one spelling", text.replace(b'":"', b'": "', 1)),
        ("its members in another order", "one spelling", orjson.dumps(dict(reversed(list(value.items()))))),
        ("a member more", "one spelling", orjson.dumps(value | {"algorithm": "none"})),
        ("no signature", "exactly one signature", orjson.dumps(value | {"signatures": []})),
        ("two signatures", "exactly one signature", orjson.dumps(value | {"signatures": [entry, entry]})),
        ("a type that is not known", "not known here", text.replace(b"comity.turn.v1", b"comity.turn.v2")),
        ("a type that is a list", "not known here", orjson.dumps(value | {"payloadType": []})),
        ("no payload", "payload", orjson.dumps({k: v for k, v in value.items() if k != "payload"})),
        ("a payload that is a list", "base64 text", orjson.dumps(value | {"payload": [[[]]]})),
        ("base64 without its padding", "base64", text.replace(b"==", b"")),
        ("base64 for addresses", "base64", orjson.dumps(value | {"payload": "_-__"})),
        ("spare bits set in the signature", "one spelling", _spare(value)),
        ("a signature of 65 bytes", "64 bytes", orjson.dumps(value | {"signatures": longer})),
        ("an empty key id", "key id", orjson.dumps(value | {"signatures": [entry | {"keyid": ""}]})),
        ("a list at the top", "exactly one signature", b"[]"),
        ("not JSON", "exactly one signature", b"envelope"),
    ]
    unproven = [
        ("another payload than was signed", _with(value, payload=b64encode(b'{"says":"notifX"}').decode())),
        ("the signature of another type", _with(value, signatures=[entry | {"sig": stolen}])),
        (
            "another signature",
            _with(value, signatures=[entry | {"sig": b64encode(bytes(64)).decode()}]),
        ),
    ]
    return [bad(read, why, "malformed", reason, given) for why, reason, given in malformed] + [
        bad("envelope-signature", why, "unproven", "does not hold", given) for why, given in unproven
    ]


def _with(value: dict[str, Any], **changes: object) -> bytes:
    return orjson.dumps(value | changes)


def _spare(value: dict[str, Any]) -> bytes:
    """Set a bit that base64 of 64 bytes has to spare: the same signature, spelled otherwise."""
    entry = value["signatures"][0]
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    written = entry["sig"].removesuffix("==")
    last = digits[digits.index(written[-1]) | 1]
    return orjson.dumps(value | {"signatures": [entry | {"sig": f"{written[:-1]}{last}=="}]})
