"""The HTTP client that carries bundles. Identity is in the bundle, not in the wire.

Deliberately not here: TLS with a pinned authority for each peer, a second wall that comes
with certificates made by `init`.
"""

from typing import Final

import urllib3

from comity.core.bundle import SIZE_BYTES_MAX
from comity.node.peers.delivery import Unreachable

EXCHANGE_PATH: Final = "/exchange"
CONTENT_TYPE: Final = "application/vnd.comity.bundle"
_TIMEOUT: Final = urllib3.Timeout(connect=3, read=10)
"""Seconds. A push that is given up is sent again and gets the same verdicts, so patience buys nothing."""


class Wire:
    """Keeps connections to peers and posts bundles to them."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(num_pools=8, maxsize=4, retries=False, timeout=_TIMEOUT)

    def send(self, address: str, bundle: bytes) -> bytes:
        """Post a bundle and return the answer's bytes; raise `Unreachable` otherwise."""
        try:
            answer = self._pool.request(
                "POST", address + EXCHANGE_PATH, body=bundle, headers={"Content-Type": CONTENT_TYPE}
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{address}: {type(error).__name__}") from error
        if answer.status != 200:
            raise Unreachable(f"{address} answered {answer.status}")
        if len(answer.data) > SIZE_BYTES_MAX:
            raise Unreachable(f"{address} answered more than {SIZE_BYTES_MAX} bytes")
        return answer.data
