"""Casework: saying a turn, taking in the peer's, and the docket that follows from both.

    speaking   our officer says something: prepared, judged by the same list as the peer
               will ask, signed, logged and queued in one transaction
    arriving   what the peer sent: judged, answered, logged
    receipts   what the peer answered to what we sent
    docket     the projection that lists read, and its rebuilding
    facts      the signed facts of each pairing, remembered; doors: the doors of each log

Deliberately not here: the wire (`peers`), pages, and what a marking lets pass out
(`disclosure`).
"""
