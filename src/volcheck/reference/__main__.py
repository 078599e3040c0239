"""`python -m volcheck.reference`: the endpoint as its own process."""

from volcheck.reference.command import main

main()
