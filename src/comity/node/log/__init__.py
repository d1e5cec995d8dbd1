"""The log: the append-only record of a pair, and the one door into it.

    door    the only writer: prepare, win the compare-and-swap, append, commit
    cases   the turns of a case as values, for verdicts
    store   reading entries and proofs
    guard   triggers by which the database itself refuses rewriting

Deliberately not here: whether something may be said (`core.verdict`).
"""
