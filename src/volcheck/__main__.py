"""`python -m volcheck` is `volcheck`."""

from volcheck.cli import script

script()
