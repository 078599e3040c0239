"""The contract: loads spec/ and answers questions about it. Knows nothing of endpoints."""

from volcheck.contract.generation import Mode
from volcheck.contract.location import spec_directory
from volcheck.contract.model import Contract, load_contract
from volcheck.contract.operations import OPERATION_IDS, Operation
from volcheck.contract.requests import NO_BODY
from volcheck.contract.requirements import Requirement
from volcheck.contract.schemas import Property
from volcheck.contract.statuses import Status, StatusMachine
from volcheck.contract.validation import BodyValidator, Mismatch
from volcheck.contract.yamlfile import YamlFile, read_yaml

__all__ = [
    "NO_BODY",
    "OPERATION_IDS",
    "BodyValidator",
    "Contract",
    "Mismatch",
    "Mode",
    "Operation",
    "Property",
    "Requirement",
    "Status",
    "StatusMachine",
    "YamlFile",
    "load_contract",
    "read_yaml",
    "spec_directory",
]
