"""Comity: the working system of a standing security dialogue between two governments."""

__version__ = "0.1.0"
