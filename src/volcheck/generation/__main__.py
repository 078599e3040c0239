"""`python -m volcheck.generation`: makes requests and writes them to standard output, as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any, get_args

import click
from hypothesis.errors import HypothesisException
from schemathesis.core.errors import SchemathesisError

from volcheck.errors import VolcheckError
from volcheck.generation.maker import Maker
from volcheck.generation.request import Brief, Kind


@click.command()
@click.option("--seed", type=int, default=1)
@click.option("--volume-size", type=int, default=1)
@click.option("--openapi")
def main(seed: int, volume_size: int, openapi: str | None) -> None:
    """Write the requests of a brief, by kind and operation."""
    maker = Maker(Brief(seed, volume_size, openapi))
    made = {
        kind: {name: _made(maker, kind, name) for name in maker.operations(kind)} for kind in get_args(Kind)
    }
    json.dump(made, sys.stdout)


def _made(maker: Maker, kind: Kind, operation: str) -> dict[str, Any]:
    requests: list[dict[str, Any]] = []
    problem = ""
    try:
        maker.play(kind, operation, lambda request: requests.append(request.to_plain()))
    except (VolcheckError, SchemathesisError, HypothesisException) as error:
        problem = f"{type(error).__name__}: {error}"
    return {"requests": requests, "problem": problem}


if __name__ == "__main__":
    main()
