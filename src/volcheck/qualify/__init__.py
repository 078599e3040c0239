"""Puts the suites to the test: one run for each deliberate defect of the reference endpoint.

What comes of it is the kill matrix: which requirement caught which defect, and after how long. Defects that nothing
catches, requirements that catch nothing, and requirements that fail at the honest endpoint are faults of the suites.
"""
