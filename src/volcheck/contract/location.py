"""Where the contract's files are."""

from __future__ import annotations

from pathlib import Path

from volcheck.errors import ContractError

_PACKAGE = Path(__file__).resolve().parents[1]


def spec_directory(override: Path | None = None) -> Path:
    """The folder with openapi.yaml and its companions.

    That is `override` when given; else the copy inside an installed wheel; else `spec/` of the source tree.
    Raises ContractError when there is no such folder.
    """
    if override is not None:
        if not override.is_dir():
            raise ContractError(f"{override} is not a folder. Give the folder that holds openapi.yaml.")
        return override
    for folder in (_PACKAGE / "_data" / "spec", _PACKAGE.parents[1] / "spec"):
        if (folder / "openapi.yaml").is_file():
            return folder
    raise ContractError(
        f"The contract is missing: {_PACKAGE} has neither _data/spec nor a source tree with spec/ around it. "
        "Install volcheck again."
    )
