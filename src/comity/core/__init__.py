"""The core: values and functions of values, the same on both nodes and for any auditor.

No framework, no clock, no disk, no wire: time and randomness are arguments. Begin with
`case` (a conversation) and `procedure` (who may say what); `verdict` is asked by both
nodes; `evidence` by a stranger.

Deliberately not here: anything that depends on where it runs.
"""
