"""Disclosure: the only place that makes bytes for a peer's or a stranger's eyes.

    release   may this leave, now, to them? Asked at each way out, and written down
    export    a case in one file that a stranger can check

What a peer may see and what our staff see are different types made in different modules.
Deliberately not here: what our own pages show.
"""
