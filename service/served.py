"""Everything that is made from one bundle, in one value that is swapped whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import finalize

from churn import __version__
from churn.decide import figures_of
from churn.fingerprint import Fingerprints
from churn.reasons import NO_REASONS, Reasoner
from churn.records import RecordReader
from service.formats.json_body.reading import BodyReader
from service.formats.json_body.writing import head_of
from service.formats.values import ValuesReader
from service.pages.docs import docs_page
from service.pages.openapi import openapi_document
from service.record.describe import record_schema
from service.settings import EXPLAINED_RECORDS

if TYPE_CHECKING:
    from churn.bundle import Bundle
    from churn.errors import ChurnError
    from churn.schema import Schema
    from churn.scoring import Scorer
    from service.pages.crm.described import Described
    from service.settings import Settings


class NoReasonsError(Exception):
    """The bundle holds nothing to compare customers with; the sentence says what to do."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Model:
    """A scorer that reproduced the golden rows, the readers of bodies and values in its schema, the head of answers.

    ``told`` says which model it is; ``figures`` is what a contact costs and brings, where the training was told;
    ``fingerprints`` is there where an audit asks for them.
    """

    scorer: Scorer
    reader: BodyReader
    values: ValuesReader
    head: bytes
    given_reasons: Reasoner | None

    told: Mapping[str, str]
    figures: Mapping[str, float]
    fingerprints: Fingerprints | None = None

    @property
    def gives_reasons(self) -> bool:
        """Whether its bundle holds what reasons compare with."""
        return self.given_reasons is not None

    @property
    def reasoner(self) -> Reasoner:
        """What gives the reasons.

        Raises:
            NoReasonsError: the bundle holds no background to compare with.
        """
        if self.given_reasons is None:
            raise NoReasonsError(NO_REASONS)
        return self.given_reasons

    @property
    def explained(self) -> BodyReader:
        """The reader of bodies that ask for reasons."""
        return self.reader.at_most(min(EXPLAINED_RECORDS, self.reader.max_records), "with reasons")


@dataclass(frozen=True)
class Interface:
    """What describes the interface, made when it is first asked for.

    It takes longer than all else that is made of a bundle, and most workers are never asked for it.
    """

    bundle: Bundle
    served_schema: Schema
    max_records: int
    ignores_fields: bool
    asks_for_keys: bool
    issuer: str | None
    public_url: str | None = None

    @cached_property
    def openapi(self) -> bytes:
        """The OpenAPI document, as it is sent."""
        return _json(self._document)

    @cached_property
    def openapi_3_0(self) -> bytes:
        """The description that Salesforce imports, as it is sent."""
        from service.pages.crm.openapi_3_0 import openapi_3_0  # few are ever asked for it

        return _json(openapi_3_0(self._described()))

    @cached_property
    def swagger_2_0(self) -> bytes:
        """The description that Power Platform imports, as it is sent."""
        from service.pages.crm.swagger_2_0 import swagger_2_0  # as above

        return _json(swagger_2_0(self._described()))

    def _described(self) -> Described:
        from service.pages.crm.described import Described  # as above

        return Described(
            self.served_schema,
            self.bundle.manifest,
            __version__,
            self.max_records,
            self.public_url,
            self.asks_for_keys,
            self.issuer,
        )

    @cached_property
    def docs(self) -> str:
        """The page at /docs."""
        return docs_page(self.served_schema, self._document)

    @property
    def _document(self) -> dict[str, Any]:
        return openapi_document(
            self.served_schema,
            self.bundle.manifest,
            __version__,
            self.max_records,
            ignores=self.ignores_fields,
            asks_for_keys=self.asks_for_keys,
            issuer=self.issuer,
        )


@dataclass(frozen=True, slots=True)
class Served:
    """What one bundle tells (``facts`` for /model, ``schema``, ``openapi``, ``docs``: as they are sent) and answers.

    ``made_of`` is the bundle, and its schema with the day that dates are counted from; ``told`` says in short which
    model it is, and by which engine it runs. ``model`` is None until there is one that may answer.
    """

    made_of: tuple[Bundle, Schema]
    facts: bytes
    schema: bytes
    interface: Interface
    told: Mapping[str, str]
    model: Model | None = None

    @property
    def openapi(self) -> bytes:
        """The OpenAPI document."""
        return self.interface.openapi

    @property
    def docs(self) -> str:
        """The page at /docs."""
        return self.interface.docs


def described(bundle: Bundle, settings: Settings, schema: Schema) -> Served:
    """Make all that a bundle tells of itself, without what answers."""
    return Served(
        made_of=(bundle, schema),
        facts=_json(_facts(bundle, settings, schema)),
        schema=_json({**schema.to_json(), "record": record_schema(schema, ignores=settings.ignores_fields)}),
        interface=Interface(
            bundle,
            schema,
            settings.max_records,
            settings.ignores_fields,
            settings.keys is not None,
            settings.oidc_issuer,
            settings.public_url,
        ),
        told={"name": bundle.manifest.name, "version": bundle.manifest.version, "engine": settings.engine},
    )


def answering(before: Served, bundle: Bundle, settings: Settings, scorer: Scorer) -> Served:
    """Return what answers with a scorer that reproduced the golden rows; what ``before`` tells of the same is kept.

    When the last request that uses the scorer is answered, it is closed.
    """
    same = before.made_of[0] is bundle and before.made_of[1] == scorer.schema
    told = before if same else described(bundle, settings, scorer.schema)
    return replace(told, model=_model(bundle, settings, scorer))


def _model(bundle: Bundle, settings: Settings, scorer: Scorer) -> Model:
    schema = scorer.schema
    reader = BodyReader(schema, RecordReader(schema).read, settings.max_records, ignores=settings.ignores_fields)
    head = head_of(bundle.manifest.name, bundle.manifest.version)
    told = {"name": bundle.manifest.name, "version": bundle.manifest.version}
    fingerprints = None if settings.audit is None else Fingerprints(schema)
    reasoner, figures = Reasoner.open(bundle, scorer), figures_of(bundle.manifest.aim)
    values = ValuesReader(schema, reader, ignores=settings.ignores_fields)
    model = Model(scorer, reader, values, head, reasoner, told, figures, fingerprints)
    finalize(model, scorer.close).atexit = False
    return model


def _facts(bundle: Bundle, settings: Settings, schema: Schema) -> Mapping[str, Any]:
    """Return what the manifest says, but for the file digests, and how it is served here."""
    facts = asdict(bundle.manifest)
    del facts["files"]
    return {
        **facts,
        "engine": settings.engine,
        "as_of": schema.as_of.isoformat() if schema.as_of else None,
        "schema_digest": bundle.schema.digest(),
    }


def _json(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


class Serving:
    """Where requests find what is served. A request reads ``served`` once and keeps what it read.

    ``waiting_for`` says why the service is not ready (None when it is), ``draining`` whether it is stopping,
    ``fault`` what kept it from loading at all; the server stops when it sees one.
    """

    def __init__(self, served: Served, tell_ready: Callable[[bool], None]) -> None:
        """Begin with what a bundle tells before its model is loaded; ``tell_ready`` hears whether it is ready."""
        self.served = served
        self._tell_ready = tell_ready
        self.waiting_for: str | None = "The model is being loaded."
        self.draining = False
        self.fault: ChurnError | None = None
        self._refused = False

    @property
    def loading(self) -> bool:
        """Whether a model may still come."""
        return self.served.model is None and not self._refused

    def swap(self, served: Served) -> None:
        """Serve another bundle, or the same one loaded again; requests under way finish with what they read."""
        self.served = served
        if not self.draining:
            self.waiting_for = None
            self._tell_ready(True)
        if self.draining:  # which a signal may have asked for between these lines
            self.drain()

    def refuse(self, reason: str) -> None:
        """Answer no predictions, and say why."""
        self.waiting_for = reason
        self._refused = True
        self._tell_ready(False)

    def drain(self) -> None:
        """Be ready no more, but go on answering; safe in a signal handler."""
        self.draining = True
        self.waiting_for = "The service is stopping; send new requests to another instance."
        self._tell_ready(False)
