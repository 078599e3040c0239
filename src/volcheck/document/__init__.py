"""The published document: read into facts, held against the contract, compared between editions."""
