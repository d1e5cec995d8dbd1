"""Areas of cooperation: one folder each, and one list of them all (`registry`).

A track is a table (a procedure), the contents that its steps may carry (pydantic models,
their JSON Schemas released in `schemas/`), and words in English and Hindi. Everything else
is drawn from these: pages, forms, commands, documents, checks.

Deliberately not here: anything that happens (`core`, `node`), and any import, so that a
track can be read without the others.
"""
