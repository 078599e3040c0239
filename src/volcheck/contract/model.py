"""The contract as one object: everything under spec/, ready to answer questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import attrs

from volcheck.contract.editions import (
    Edition,
    edition_requirements,
    edition_statuses,
    known_edition,
    load_editions,
)
from volcheck.contract.errata import Erratum, load_errata
from volcheck.contract.generation import Mode, generation_schema
from volcheck.contract.location import spec_directory
from volcheck.contract.operations import Operation, Router, read_operations
from volcheck.contract.overlay import BASE_EDITION, edition_document
from volcheck.contract.requests import NO_BODY, RequestJudge
from volcheck.contract.requirements import Requirement, read_requirements
from volcheck.contract.schemas import Property, check_references, pointed, properties, resolve
from volcheck.contract.statuses import StatusMachine, read_machines
from volcheck.contract.undocumented import UnknownFields
from volcheck.contract.validation import BodyValidator, Mismatch
from volcheck.contract.yamlfile import YamlFile, read_yaml

_STATUS_SCHEMAS = {"volume": "VolumeStatus", "snapshot": "SnapshotStatus"}


@attrs.define(eq=False)
class Contract:
    """What an endpoint is held to: the promise of one edition of the published document.

    edition: the edition it holds to. editions: all that are known, by id, oldest first. file: openapi.yaml with the changes
    of this edition, and the line of everything in it. operations, requirements: by id, in the order of their files.
    machines: the status machines of "volume" and "snapshot".
    """

    spec_dir: Path
    edition: Edition
    editions: Mapping[str, Edition]
    file: YamlFile
    operations: Mapping[str, Operation]
    requirements: Mapping[str, Requirement]
    machines: Mapping[str, StatusMachine]
    _fault_names: Mapping[int, frozenset[str]]
    _validators: dict[str, BodyValidator] = attrs.field(factory=dict, init=False)
    _response_schemas: dict[tuple[str, int], dict[str, Any] | None] = attrs.field(factory=dict, init=False)
    _judges: dict[str, RequestJudge] = attrs.field(factory=dict, init=False)

    @property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document as plain data. Don't change it."""
        data: dict[str, Any] = self.file.data
        return data

    @property
    def volumes(self) -> StatusMachine:
        """The status machine of volumes."""
        return self.machines["volume"]

    @property
    def snapshots(self) -> StatusMachine:
        """The status machine of snapshots."""
        return self.machines["snapshot"]

    @cached_property
    def errata(self) -> Mapping[str, Erratum]:
        """The errata of every edition by id, read at the first use. Raises ContractError."""
        return load_errata(self.spec_dir / "errata.yaml", self.operations, tuple(self.editions))

    @property
    def standing_errata(self) -> list[Erratum]:
        """The errata that stand in this edition, in the order of their file."""
        return [erratum for erratum in self.errata.values() if erratum.stands_in(self.edition.id)]

    @cached_property
    def others(self) -> tuple[Contract, ...]:
        """The contracts of the other editions, read at the first use. Raises ContractError."""
        names = (name for name in self.editions if name != self.edition.id)
        return tuple(load_contract(self.spec_dir, edition=name) for name in names)

    def edition_that_accepts(self, operation: str, status: int, body: Any, where: str) -> str | None:
        """The other edition whose schema has nothing against a place of a response body; None when none has.

        where: a JSON pointer into the body.
        """
        for other in self.others:
            validator = other.validator(operation, status)
            if validator is not None and where not in {one.where for one in validator.mismatches(body)}:
                return other.edition.id
        return None

    def edition_that_documents(self, operation: str, status: int, body: Any, place: str) -> str | None:
        """The other edition that knows a field which this one doesn't; None when none does.

        place: a JSON pointer as `undocumented` gives it.
        """
        for other in self.others:
            if place not in other.undocumented(operation, status, body):
                return other.edition.id
        return None

    @cached_property
    def _router(self) -> Router:
        return Router(self.operations.values())

    @cached_property
    def _unknown_fields(self) -> UnknownFields:
        return UnknownFields(self.document)

    def match(self, method: str, path: str) -> Operation | None:
        """The operation of a request, or None.

        path: below the base path and without query, `/{p}/volumes/detail`; `/` is the root of the service.
        """
        return self._router.match(method, path)

    def fault_names(self, status: int) -> frozenset[str]:
        """The names that may wrap code and message in an error of this status; empty for other statuses."""
        return self._fault_names.get(status, frozenset())

    def response_schema(self, operation: str, status: int) -> dict[str, Any] | None:
        """The schema of a response body as written, perhaps a reference; None where there is no body."""
        try:
            return self._response_schemas[operation, status]
        except KeyError:
            schema = self._response_schemas[operation, status] = self._response_schema(operation, status)
            return schema

    def _response_schema(self, operation: str, status: int) -> dict[str, Any] | None:
        node = self._operation_node(self.operations[operation])
        response = resolve(self.document, node["responses"].get(str(status), {}))
        media = response.get("content", {}).get("application/json")
        return None if media is None else media["schema"]

    def request_schema(self, operation: str) -> dict[str, Any] | None:
        """The schema of a request body as written, perhaps a reference; None where there is no body."""
        body = self._operation_node(self.operations[operation]).get("requestBody")
        return None if body is None else body["content"]["application/json"]["schema"]

    def parameters(self, operation: str) -> dict[str, dict[str, Any]]:
        """The path and query parameters of an operation, by name."""
        one = self.operations[operation]
        item = self.document["paths"][one.path]
        nodes = (*item.get("parameters", ()), *self._operation_node(one).get("parameters", ()))
        return {node["name"]: node for node in (resolve(self.document, each) for each in nodes)}

    def _operation_node(self, operation: Operation) -> dict[str, Any]:
        node: dict[str, Any] = self.document["paths"][operation.path][operation.method.lower()]
        return node

    def resolve(self, node: Any) -> Any:
        """The node itself, or what its `$ref` leads to."""
        return resolve(self.document, node)

    def properties(self, schema: Any) -> dict[str, Property]:
        """The properties of an object schema, references and `allOf` parts included."""
        return properties(self.document, schema)

    def validator(self, operation: str, status: int) -> BodyValidator | None:
        """The validator of a response body, compiled at its first use; None where there is no body."""
        schema = self.response_schema(operation, status)
        if schema is None:
            return None
        key = schema.get("$ref") or str(schema)
        if key not in self._validators:
            try:
                self._validators[key] = BodyValidator(schema, self.document["components"])
            except ValueError as error:
                node = self.operations[operation]
                place = ("paths", node.path, node.method.lower(), "responses", str(status))
                problem = " ".join(str(error).split())
                raise self.file.error(
                    place, f"a schema of {operation} is not valid: {problem}", "Correct it."
                ) from error
        return self._validators[key]

    def warm(self) -> None:
        """Compile everything that is compiled at its first use, so that processes forked from here need not."""
        for operation in self.operations.values():
            self.match(operation.method, "/")
            self.reasons_to_refuse(operation.id)
            for status in operation.statuses:
                self.validator(operation.id, status)
                self.undocumented(operation.id, status, {})

    def undocumented(self, operation: str, status: int, body: Any) -> list[str]:
        """The fields of a body that its schema doesn't know, as JSON pointers with `*` for list positions."""
        schema = self.response_schema(operation, status)
        return [] if schema is None else self._unknown_fields.of(schema, body)

    def reasons_to_refuse(
        self, operation: str, query: Iterable[tuple[str, str]] = (), body: Any = NO_BODY
    ) -> list[Mismatch]:
        """What is wrong with a request; when nothing is, nobody may demand that it be refused.

        Judges the query and the body, not the path, the token or what only the server knows.
        """
        return self._judge(operation).reasons(query, body)

    def allows(self, operation: str, query: Iterable[tuple[str, str]] = (), body: Any = NO_BODY) -> bool:
        """Whether a request must be served by every service, as far as its query and its body go.

        Neither this nor a reason to refuse it: it may be served or refused.
        """
        return self._judge(operation).allows(query, body)

    def _judge(self, operation: str) -> RequestJudge:
        if operation not in self._judges:
            self._judges[operation] = RequestJudge(self.document, self.operations[operation])
        return self._judges[operation]

    def generation_schema(self, mode: Mode = "all", largest_size: int = 3) -> dict[str, Any]:
        """The OpenAPI document to generate requests from; see `volcheck.contract.generation`."""
        return generation_schema(self.document, mode, largest_size)


def load_contract(
    spec_dir: Path | None = None, openapi: Path | None = None, edition: str = BASE_EDITION
) -> Contract:
    """The contract of an edition, read once for each place it is asked from.

    spec_dir: the folder to read instead of the one that comes with volcheck.
    openapi: a file to read instead of the folder's openapi.yaml. It is taken as it is, whatever the edition.
    Raises UsageError for an unknown edition, and ContractError, with file and line, when a file can't be read or
    contradicts another one.
    """
    folder = spec_directory(spec_dir).resolve()
    return _load(folder, folder / "openapi.yaml" if openapi is None else openapi.resolve(), edition)


@lru_cache(maxsize=8)
def _load(folder: Path, openapi: Path, edition_id: str) -> Contract:
    editions = load_editions(folder)
    edition = known_edition(editions, edition_id)
    file = read_yaml(openapi)
    if not isinstance(file.data, dict) or not str(file.data.get("openapi", "")).startswith("3.1"):
        raise file.error((), "not an OpenAPI 3.1 document", "Begin it with openapi: 3.1.0.")
    if openapi == folder / "openapi.yaml":
        file = attrs.evolve(file, data=edition_document(file.data, folder, edition.id))
    check_references(file)
    operations = read_operations(file)
    names = tuple(operations)
    base = read_requirements(read_yaml(folder / "requirements.yaml"), names)
    return Contract(
        spec_dir=folder,
        edition=edition,
        editions=editions,
        file=file,
        operations=operations,
        requirements=edition_requirements(base, edition.folder / "requirements.yaml", names),
        machines=read_machines(
            edition_statuses(read_yaml(folder / "statuses.yaml"), edition.folder / "statuses.yaml"),
            {name: _documented_statuses(file, schema) for name, schema in _STATUS_SCHEMAS.items()},
        ),
        fault_names=_fault_names(file),
    )


def _documented_statuses(file: YamlFile, schema: str) -> tuple[str, ...]:
    try:
        values = pointed(file.data, f"#/components/schemas/{schema}/enum")
    except LookupError:
        raise file.error(
            ("components", "schemas"), f"no schema {schema} with an enum", "Add it; it lists the statuses."
        ) from None
    return tuple(values)


def _fault_names(file: YamlFile) -> dict[int, frozenset[str]]:
    names = file.data.get("x-fault-names")
    if not isinstance(names, dict):
        raise file.error(
            (), "no x-fault-names", "Add the names of errors by status, as '404': [itemNotFound]."
        )
    found: dict[int, frozenset[str]] = {}
    for status, words in names.items():
        if not re.fullmatch(r"[45][0-9][0-9]", status) or not isinstance(words, list):
            raise file.error(
                ("x-fault-names", status),
                f"{status} is not a status with a list",
                "Write '404': [itemNotFound].",
            )
        found[int(status)] = frozenset(words)
    return found
