"""Peers: how two nodes come to know each other, and what crosses between them.

    pairing    two files and a fingerprint read aloud; the founding note of both roots
    exchange   a bundle in, a bundle out
    delivery   the outbox, emptied with patience
    wire       the HTTP client; TLS is a second wall and not what identity rests on

Deliberately not here: whether a turn may be said, and what may leave (`disclosure`).
"""
