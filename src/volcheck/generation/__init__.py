"""Requests made from the contract, by schemathesis, as plain data.

Making them takes as long as a third of a run and needs nothing of the endpoint, so a process of its own does it while
the run sets out (`beside`). Only the deep profile makes them in the run itself: what fails there is made smaller, which
asks the endpoint again and again.
"""
