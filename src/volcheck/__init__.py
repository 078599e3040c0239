"""volcheck: a conformance suite and contract checker for the TOAST (NHN Cloud) Volume API v2."""

__version__ = "0.1.0"
