"""Puts a run together: endpoint, gateway and books."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import attrs

from volcheck.contract import Contract, load_contract
from volcheck.endpoint.model import Endpoint
from volcheck.endpoint.resolve import Wanted, resolve
from volcheck.fixtures.run import Run
from volcheck.fixtures.settings import Settings
from volcheck.gateway.core import Gateway, Patience
from volcheck.gateway.guard import Guard
from volcheck.gateway.ledger import Ledger
from volcheck.gateway.redaction import Redactor, of_environment
from volcheck.gateway.transport import Limits, Transport
from volcheck.results import sieve
from volcheck.results.record import Recorder


def new_run_id() -> str:
    """A short id that no other run has: the time, and four random hex digits."""
    return time.strftime("%y%m%d%H%M%S", time.gmtime()) + secrets.token_hex(2)


def contract_of(settings: Settings) -> Contract:
    """The contract that a run is held to. Raises ContractError."""
    return load_contract(
        openapi=Path(settings.openapi) if settings.openapi else None, edition=settings.edition
    )


def endpoint_of(settings: Settings, environ: Mapping[str, str]) -> Endpoint:
    """The endpoint of a run, from its settings and the secrets in the environment."""
    return resolve(
        Wanted(
            endpoint=settings.base_url or None,
            project_id=settings.project_id or None,
            other_project_id=settings.other_project_id,
            cloud=settings.cloud,
            other_cloud=settings.other_cloud,
            region=settings.region,
            service_type=settings.service_type,
            name=settings.name,
            verify=settings.verify,
            use_proxy=settings.use_proxy,
            way=settings.credentials,
        ),
        environ,
    )


def redactor_of(endpoint: Endpoint, environ: Mapping[str, str]) -> Redactor:
    """A redactor that knows the secrets in the environment and those of the endpoint's credentials."""
    redactor = of_environment(environ)
    for secret in endpoint.secrets:
        redactor.add(secret)
    for name in endpoint.user_names:
        redactor.add_user_name(name)
    for identity in filter(None, (endpoint.identity, endpoint.other)):
        redactor.add_public(f"{endpoint.base_url}/{identity.project_id}/")
    return redactor


def gateway_of(
    settings: Settings,
    endpoint: Endpoint,
    contract: Contract,
    *,
    ledger: Ledger | None = None,
) -> Gateway:
    """A gateway with its own session. Without a ledger it keeps one in memory."""
    ledger = ledger or Ledger(None, run_id=settings.run_id)
    guard = Guard(ledger, read_only=settings.read_only)
    if settings.capabilities.attached_volume:
        guard.lend(settings.capabilities.attached_volume)
    if settings.capabilities.image:
        guard.allow_mention(settings.capabilities.image)
    redactor = redactor_of(endpoint, os.environ)
    # From now on nothing is written that it would not let through.
    sieve.use(redactor)
    return Gateway(
        endpoint,
        Transport(limits_of(settings), verify=endpoint.verify, use_environment=settings.use_proxy),
        operations=contract,
        redactor=redactor,
        ledger=ledger,
        guard=guard,
        patience=Patience(
            busy=min(Patience().busy, settings.wait_timeout),
            silent=min(Patience().silent, settings.request_timeout),
        ),
        at_once=settings.concurrency,
        per_second=settings.rate_limit,
    )


def limits_of(settings: Settings) -> Limits:
    """The bounds of one request: those of the transport, where `--request-timeout` sets none that are tighter."""
    usual, most = Limits(), settings.request_timeout
    return attrs.evolve(usual, connect=min(usual.connect, most), read=min(usual.read, most), total=most)


def open_run(settings: Settings, endpoint: Endpoint, contract: Contract) -> Run:
    """The run of this process, with its ledger and its record of exchanges on disk."""
    reports = Path(settings.reports)
    ledger = Ledger(
        ledger_path(reports, settings.run_id),
        run_id=settings.run_id,
        base_url=endpoint.base_url,
        project_id=endpoint.identity.project_id,
    )
    gateway = gateway_of(settings, endpoint, contract, ledger=ledger)
    recorder = Recorder(recording_path(reports))
    return Run(attrs.evolve(settings, base_url=endpoint.base_url), contract, gateway, recorder)


def ledger_path(reports: Path, run_id: str) -> Path:
    """Where a run keeps its ledger."""
    return reports / ".ledger" / f"{run_id}-main.jsonl"


def recording_path(reports: Path) -> Path:
    """Where a run records its exchanges, until the reports are made of them."""
    return reports / ".exchanges" / "main.jsonl"
