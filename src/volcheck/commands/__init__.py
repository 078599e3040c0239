"""Commands that run the suites or act on an endpoint."""
