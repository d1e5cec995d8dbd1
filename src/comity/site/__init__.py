"""The site: settings, addresses and the WSGI door. The only place that knows all faces.

Deliberately not here: any page, and any decision.
"""
