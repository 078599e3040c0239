"""The embedded reference endpoint: an honest, stateful Volume API, and deliberate defects to try a suite on.

It imports nothing of the machinery that checks, so the two can't share a mistake.
"""
