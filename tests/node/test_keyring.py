"""Private keys in files: sealed, for this account alone, and never named in an error."""

import shutil
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.core.keys import USES, key_id
from comity.node import doctoring
from comity.node.keyring import (
    NODE_FILE,
    ROOT_FILE,
    FileSigner,
    Keyring,
    KeysUnreadable,
    new_secret,
    read_keys,
    write_keys,
)
from comity.node.node import Node, open_node

PASSPHRASE = "correct horse battery"
HELD = (
    new_secret("node-signing"),
    new_secret("log"),
    new_secret("office-signing", "IN/CBN"),
    new_secret("office-opening", "IN/CBN"),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / NODE_FILE
    write_keys(path, HELD, PASSPHRASE)
    return path


def test_what_was_written_is_read_again(file: Path) -> None:
    assert read_keys(file, PASSPHRASE) == HELD


def test_the_file_is_for_this_account_alone_and_holds_no_key_in_the_clear(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    content = file.read_bytes()
    for secret in HELD:
        assert secret.raw not in content
        assert b64encode(secret.raw) not in content
        assert b"IN/CBN" not in content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o601])
def test_a_file_that_others_may_touch_is_refused_with_the_command_that_mends_it(
    file: Path, mode: int
) -> None:
    file.chmod(mode)
    with pytest.raises(
        KeysUnreadable, match=rf"expected mode 600, got {mode:o}: run chmod 600 .*node.sealed"
    ):
        read_keys(file, PASSPHRASE)


def test_another_passphrase_opens_nothing_and_is_not_repeated(file: Path) -> None:
    with pytest.raises(KeysUnreadable, match="does not fit") as error:
        read_keys(file, "correct horse batterz")
    assert "horse" not in str(error.value)


def test_no_byte_of_the_file_may_be_changed(file: Path) -> None:
    content = file.read_bytes()
    for place in (0, 15, 16, 27, 28, len(content) // 2, len(content) - 1):
        changed = bytearray(content)
        changed[place] ^= 1
        file.write_bytes(changed)
        with pytest.raises(KeysUnreadable):
            read_keys(file, PASSPHRASE)
    for length in (0, 10, 28, 40, len(content) - 1):
        file.write_bytes(content[:length])
        with pytest.raises(KeysUnreadable):
            read_keys(file, PASSPHRASE)


def test_the_node_file_is_not_taken_for_the_root_file(file: Path) -> None:
    moved = file.with_name(ROOT_FILE)
    file.rename(moved)
    with pytest.raises(KeysUnreadable):
        read_keys(moved, PASSPHRASE)


def test_a_file_is_never_written_over(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(FileExistsError):
        write_keys(file, HELD, PASSPHRASE)
    assert file.read_bytes() == before


def test_the_same_keys_are_never_sealed_to_the_same_bytes(tmp_path: Path, file: Path) -> None:
    write_keys(tmp_path / "again" / NODE_FILE, HELD, PASSPHRASE)
    assert (tmp_path / "again" / NODE_FILE).read_bytes() != file.read_bytes()


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysUnreadable, match="at least 12"):
        write_keys(tmp_path / "k" / NODE_FILE, HELD, "eleven char")
    assert not (tmp_path / "k").exists()


def test_a_missing_file_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(KeysUnreadable, match="comity init"):
        read_keys(tmp_path / NODE_FILE, PASSPHRASE)


@pytest.mark.parametrize("use", USES)
def test_a_key_of_each_use_is_named_by_its_use_and_public_bytes(use: str) -> None:
    secret = new_secret(use, "IN/CBN" if use.startswith("office") else None)
    assert secret.id == key_id(use, secret.public)
    assert secret.id != key_id("root", secret.public)
    assert new_secret(use).raw != secret.raw
    if use != "office-opening":
        signer = FileSigner(secret)
        Ed25519PublicKey.from_public_bytes(secret.public).verify(signer.sign(b"words"), b"words")


def test_a_keyring_gives_each_key_for_its_use_only() -> None:
    ring = Keyring(HELD)
    opening = next(secret for secret in HELD if secret.use == "office-opening")
    signing = next(secret for secret in HELD if secret.use == "office-signing")
    assert ring.opening(opening.id) is ring.opening(opening.id) is not None
    assert ring.opening(signing.id) is None
    assert ring.opening("0" * 32) is None
    assert ring.signer(signing.id).key_id == signing.id
    with pytest.raises(KeysUnreadable, match="does not hold"):
        ring.signer("0" * 32)


def test_no_secret_is_shown_by_what_prints_it() -> None:
    """Tracebacks and logs print values: a private key must not be among them."""
    for secret in HELD:
        for shown in (repr(secret), str(secret), repr(Keyring(HELD)), repr(FileSigner(HELD[0]))):
            assert repr(secret.raw)[2:-1][:16] not in shown
            assert secret.raw.hex() not in shown


def test_a_node_does_not_open_with_keys_that_others_may_read(
    founded: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(founded["IN"], tmp_path / "IN")
    (tmp_path / "IN" / "keys" / NODE_FILE).chmod(0o644)
    with pytest.raises(KeysUnreadable, match="chmod 600"):
        open_node(tmp_path / "IN", PASSPHRASE)


def test_the_doctor_sees_loose_keys_and_a_root_that_was_not_carried_away(
    unpaired: tuple[Node, Node, object],
) -> None:
    node = unpaired[0]
    (node.path / "keys" / ROOT_FILE).chmod(0o640)
    checks = {check.name: check for check in doctoring.examine(node)}
    assert not checks["keys"].ok
    assert ROOT_FILE in checks["keys"].words
    assert checks["root key"].ok  # an exercise may keep it
    node.settings = replace(node.settings, exercise=False)
    (check,) = (check for check in doctoring.examine(node) if check.name == "root key")
    assert not check.ok
    (node.path / "keys" / ROOT_FILE).unlink()
    assert {check.name: check.ok for check in doctoring.examine(node)}["root key"]
