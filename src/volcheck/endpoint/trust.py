"""Whom TLS trusts: the CA bundle that an option, the cloud's entry or a variable of the environment names."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from volcheck.errors import UsageError

#: The variables of OpenStack's clients, of requests, curl and OpenSSL; the first that is set counts.
VARIABLES = ("OS_CACERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def bundle_of(environ: Mapping[str, str]) -> str | None:
    """The CA bundle that the environment names, or None. Raises UsageError where it can't be used."""
    for variable in VARIABLES:
        if path := environ.get(variable):
            return usable_bundle(path, variable)
    return None


def usable_bundle(path: str, named_by: str) -> str:
    """`path`, where it holds certificates: a file of PEM, or a folder as OpenSSL's `rehash` makes them.

    named_by: the option or variable, for the sentence. Raises UsageError.
    """
    where = Path(path)
    if where.is_dir():
        return path
    if not where.is_file():
        raise UsageError(
            f"{named_by} {path}: there is no such file; name a bundle of CA certificates in PEM."
        )
    try:
        # One that is its own signer counts, too, whether it says that it is a CA or not.
        found = ssl.create_default_context(cafile=path).cert_store_stats()["x509"]
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UsageError(
            f"{named_by} {path}: no CA bundle that can be used ({reason}); name a file of certificates in PEM."
        ) from None
    if not found:
        raise UsageError(f"{named_by} {path}: no certificate is in it; name a file of them in PEM.")
    return path
