"""The floor: what the bare parts cost that no exchange of sealed, signed, durable turns can omit.

Two processes. The sender seals a body (one content key, to two offices), signs a turn,
makes the body durable as a file, commits its rows and sends; the receiver verifies, opens,
makes the body durable, commits its rows and signs a verdict; the sender verifies that and
commits. SQLite in WAL mode with `synchronous=FULL`, plain `sqlite3`. Nothing is parsed, judged,
logged in a tree or projected.
"""

import os
import secrets
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
WRAPPED = 1120 + 32 + 16
BODY, TURN = secrets.token_bytes(2048), secrets.token_bytes(1100)
SEED = bytes(range(32))


def opening_key() -> MLKEM768X25519PrivateKey:
    """The same key in both processes: it is a bench, and secrets nothing."""
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(SEED * 2), X25519PrivateKey.from_private_bytes(SEED)
    )


def database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, hash BLOB, text BLOB)")
    return connection


def commit(connection: sqlite3.Connection, rows: list[tuple[bytes, bytes]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO entry (hash, text) VALUES (?, ?)", rows)
    connection.execute("COMMIT")


def durable(folder: Path, bodies: list[bytes]) -> None:
    for body in bodies:
        handle = os.open(folder / secrets.token_hex(16), os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(handle, body)
        os.fsync(handle)
        os.close(handle)
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def receive(
    text: bytes, key: Ed25519PrivateKey, opener: MLKEM768X25519PrivateKey
) -> tuple[list[bytes], list[bytes]]:
    """Verify and open every item of a request: (bodies, verdicts)."""
    public, bodies, verdicts, at = key.public_key(), [], [], 0
    while at < len(text):
        (size,) = struct.unpack_from(">I", text, at)
        signature, turn = text[at + 4 : at + 68], text[at + 68 : at + 68 + len(TURN)]
        body = text[at + 68 + len(TURN) : at + 4 + size]
        at += 4 + size
        public.verify(signature, turn)
        AESGCM(SUITE.decrypt(body[:WRAPPED], opener, info=b"floor")).decrypt(
            bytes(12), body[2 * WRAPPED :], b""
        )
        bodies.append(body)
        verdicts.append(key.sign(turn[:300]) + turn[:300])
    return bodies, verdicts


def serve(port: int, base: Path) -> None:
    from cheroot.wsgi import Server

    key, opener, connection = (
        Ed25519PrivateKey.from_private_bytes(SEED),
        opening_key(),
        database(base / "two.db"),
    )
    folder = base / "two"
    folder.mkdir(exist_ok=True)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        text = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        bodies, verdicts = receive(text, key, opener)
        durable(folder, bodies)
        commit(connection, [(v[:32], v) for v in verdicts for _ in range(6)])
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return [b"".join(verdicts)]

    Server(("127.0.0.1", port), application, numthreads=1).start()


class Floor:
    """The two bare processes; `run` sends turns in batches of a size."""

    def __init__(self, base: Path) -> None:
        base.mkdir(parents=True)
        self.base, self.port = base, 18999
        (base / "one").mkdir()
        self.key, self.opener = Ed25519PrivateKey.from_private_bytes(SEED), opening_key()
        self.connection = database(base / "one.db")
        self.pool = urllib3.PoolManager()

    def __enter__(self) -> "Floor":
        self.process = subprocess.Popen([sys.executable, __file__, str(self.port), str(self.base)])
        for _ in range(100):
            try:
                self.pool.request("POST", f"http://127.0.0.1:{self.port}/", body=b"", retries=False)
                return self
            except urllib3.exceptions.HTTPError:
                time.sleep(0.1)
        raise SystemExit("the bare receiver did not start")

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def run(self, turns: int, batch: int) -> None:
        public: Ed25519PublicKey = self.key.public_key()
        for _ in range(turns // batch):
            parts, bodies = [], []
            for _ in range(batch):
                content_key = secrets.token_bytes(32)
                wrapped = [
                    SUITE.encrypt(content_key, self.opener.public_key(), info=b"floor") for _ in range(2)
                ]
                body = b"".join(wrapped) + AESGCM(content_key).encrypt(bytes(12), BODY, b"")
                item = self.key.sign(TURN) + TURN + body
                parts.append(struct.pack(">I", len(item)) + item)
                bodies.append(body)
            durable(self.base / "one", bodies)
            commit(self.connection, [(part[4:36], part[:1100]) for part in parts for _ in range(4)])
            answer = self.pool.request("POST", f"http://127.0.0.1:{self.port}/", body=b"".join(parts)).data
            for at in range(0, len(answer), 364):
                public.verify(answer[at : at + 64], answer[at + 64 : at + 364])
            commit(self.connection, [(part[4:36], part[:400]) for part in parts for _ in range(3)])


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
