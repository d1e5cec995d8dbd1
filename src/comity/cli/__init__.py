"""The command line: what an officer, an operator or an auditor types.

Deliberately not here: any decision. A command gathers its words, asks the node, and shows
what it answers.
"""
