"""`python -m volcheck` is `volcheck`."""

from volcheck.cli import main

main()
