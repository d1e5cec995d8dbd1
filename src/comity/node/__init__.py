"""The node: one government's record of its dialogue, its database, its keys and its wire.

    node.node        what a node is: a directory, a database, keys and a clock
    node.log         the only door by which anything is written; the append-only tables
    node.casework    saying, standing, the docket (projections)
    node.instruments what both parties signed, as verdicts need it
    node.peers       pairing, delivery, what crosses
    node.people      offices and the officers who hold them
    node.disclosure  the only place that makes bytes for a peer's or a stranger's eyes

Every function takes a `Node`; nothing reads identity or time from settings. Deliberately
not here: pages and commands.
"""
