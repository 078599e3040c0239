"""The gateway: the one door through which every request of a run leaves."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl, urlencode

import attrs

from volcheck.endpoint.model import Endpoint
from volcheck.gateway import answers, links
from volcheck.gateway.breakdowns import Breakdowns
from volcheck.gateway.breaker import Busy
from volcheck.gateway.credentials import Credentials, Whose
from volcheck.gateway.errors import Blocked, EndpointGone, LinkLeadsAway, NotProved, RunStopped
from volcheck.gateway.exchange import NOT_JSON, Exchange, Request, Response, next_links
from volcheck.gateway.guard import Guard
from volcheck.gateway.ledger import Ledger, Resource
from volcheck.gateway.ownership import Ownership, owner_of, path_of
from volcheck.gateway.pacing import Pacing
from volcheck.gateway.redaction import OTHER_TOKEN, TOKEN, Redactor
from volcheck.gateway.retry_after import BUSY, is_busy, retry_after
from volcheck.gateway.silence import Silences
from volcheck.gateway.transport import Answer, Transport, TransportError

#: Whose token a request carries: the run's, the second identity's, or none.
Who = Literal["main", "other", "nobody"]

#: Pages of each list that are looked at before the first creation.
_LOOKS = 10
#: Bytes of a body that is large.
_LARGE = 512 * 1024
#: Inside `Gateway.gathered`: the semaphore that bounds the requests under way there; None elsewhere.
_GATHERED: ContextVar[threading.Semaphore | None] = ContextVar("volcheck_gathered", default=None)


class Named(Protocol):
    """Anything with an operationId."""

    @property
    def id(self) -> str:
        """The operationId."""


class Matches(Protocol):
    """What the gateway needs of the contract: which operation a request is."""

    def match(self, method: str, path: str) -> Named | None:
        """The operation of a method and a path below the base URL, or None."""


@attrs.frozen
class Patience:
    """How long, in seconds, the gateway bears with an endpoint that asks it to wait or does not answer.

    busy: in all, for whatever is answered 429, 503 or 413 with Retry-After (see `Busy`). silent: how long requests may go
    unanswered before the endpoint counts as gone; unheard: the same where it never gave an answer, as with a
    mistyped address. pause: between two attempts where the endpoint names no time.
    """

    busy: float = 60.0
    silent: float = 20.0
    unheard: float = 3.0
    pause: float = 0.5


class Gateway:
    """Sends requests, and remembers what they did.

    Every exchange is redacted, registered in the ledger where it made something, and handed to the listeners. What they
    raise ends no request: it is taken down in `breakdowns`.
    Requests that could change foreign resources are refused before they are sent. `whose` says which test is at
    work, for the record. at_once: requests under way at the same time; per_second: requests a second at most.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        transport: Transport,
        *,
        operations: Matches,
        redactor: Redactor,
        ledger: Ledger,
        guard: Guard,
        patience: Patience | None = None,
        at_once: int = 8,
        per_second: float | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.ledger = ledger
        self.guard = guard
        self.credentials = Credentials(endpoint)
        self.redactor = redactor
        self.whose: Callable[[], str | None] = lambda: None
        self.listeners: list[Callable[[Exchange], None]] = []
        self.breakdowns = Breakdowns(redactor.written)
        self.ownership = Ownership(endpoint, ledger, guard)
        self.sent = 0
        self._transport = transport
        self._operations = operations
        self._patience = patience or Patience()
        self.busy = Busy(self._patience.busy)
        self._silences = Silences(silent=self._patience.silent, unheard=self._patience.unheard)
        self._looked = False
        self._looking = threading.Lock()
        #: Held while an exchange is judged: whatever watches exchanges sees one at a time.
        self.judging = threading.RLock()
        self._limit = at_once
        self._at_once = threading.Semaphore(at_once)
        self._gathering = threading.Lock()
        self._large = threading.Lock()
        self._pacing = Pacing(per_second)
        self._stopped = threading.Event()
        self._reason = ""
        #: Whether requests were broken off.
        self.interrupted = False

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] | Mapping[str, Any] | str = (),
        json_body: Any = NOT_JSON,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        who: Who | None = "main",
        token: str | None = None,
        token_header: str = "X-Auth-Token",
        retry: bool = True,
        judged: bool = True,
    ) -> Exchange:
        """Send one request and return its exchange.

        path: below the base URL (`/{project}/volumes`), already percent-encoded; `/` is the root of the service.
        json_body: sent as JSON; body: sent as it is. token: sent instead of the identity's own (not renewed).
        token_header: how the header's name is spelt. judged: False where nothing is to be demanded of the answer.
        Raises GatewayRefusal when the request could change something foreign or make something without the run's tag,
        NotProved when it names what isn't proved to be the run's, EndpointGone when the endpoint has stopped
        answering, CredentialsEnded when the identity's token has ended and can't be renewed, OperationBusy when the
        operation has been busy for too long. An endpoint that asks for patience (429, 503, 413 with Retry-After) gets it.
        """
        self._raise_if_silent(method, path)
        key = self._key_of(method, path)
        self.busy.admit(key)
        if json_body is not NOT_JSON:
            body = json.dumps(json_body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        text = body.decode("utf-8", "replace") if body is not None else None
        query_text = query if isinstance(query, str) else _query(query)
        named = self.guard.admit(method, path, body, query=query_text, headers=headers)
        self.ownership.admit(method, path, body)
        if method == "POST":
            self._look_around()
        for resource in named:
            self._make_sure(resource)
        base = self.endpoint.root_url if path == "/" else self.endpoint.base_url
        url = base + path + ("?" + query_text if query_text else "")
        whose = who if who in ("main", "other") and token is None else None
        sent_headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "volcheck"}
        if body is not None:
            sent_headers["Content-Type"] = "application/json"
        sent_headers.update(headers or {})
        sent_headers = {name: value for name, value in sent_headers.items() if value is not None}
        if token is not None:
            sent_headers[token_header] = token
        waited = 0.0
        refusals = 0
        while True:
            if whose is not None:
                token = self.credentials.token(whose)
                self.redactor.add(token, name=TOKEN if whose == "main" else OTHER_TOKEN)
                sent_headers[token_header] = token
            exchange = self._once(method, url, path, query_text, sent_headers, body, text, whose)
            if whose is not None and token is not None:
                refusals += exchange.status == 401
                if self._has_ended(whose, token, exchange, refusals):
                    continue
            self._tell(exchange if judged else attrs.evolve(exchange, judged=False))
            pause = self._pause(method, exchange) if retry else None
            if is_busy(exchange):
                borne = self.busy.bear(key, pause)
            else:
                borne = True
                if exchange.response is not None:
                    self.busy.served(key)
            if pause is None or not borne or waited + pause > self._patience.busy:
                return exchange
            self.pause(pause)
            waited += pause

    def follow(self, href: str, *, who: Who | None = "main") -> Exchange:
        """GET a link that an answer gave. Raises LinkLeadsAway where it leads away from the endpoint.

        The token goes to the endpoint's own scheme, host and port, and nowhere else.
        """
        path, query = links.below(self.endpoint, href)
        return self.send("GET", path, query=query, who=who)

    def pause(self, seconds: float) -> None:
        """Wait. Raises RunStopped as soon as the run is stopped."""
        if self._stopped.wait(seconds):
            raise RunStopped(self._reason)

    def stop(self, reason: str) -> None:
        """Let every test end: from now on whoever sends or waits gets RunStopped. `resume` undoes it, for cleaning up."""
        self._reason = reason
        self._stopped.set()

    def resume(self) -> None:
        """Send again what is asked for."""
        self._stopped.clear()

    def interrupt(self) -> None:
        """Break off the requests that are under way."""
        self.interrupted = True
        self._transport.interrupt()

    def hurry(self, seconds: float) -> None:
        """Give every request so many seconds in all, and the endpoint up after two of them without an answer.

        For the end of a run, which somebody waits for: from now on, and where no tighter bound is set already.
        """
        self._transport.hurry(seconds)
        self._silences.hurry(seconds)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @contextlib.contextmanager
    def gathered(self, number: int) -> Iterator[None]:
        """Inside, threads that copy this context may send so many requests at the same time, whatever others send.

        So many of the requests that may be under way at once are kept free for them; all, where there are not so many.
        """
        number = min(number, self._limit)
        # One at a time, so that no two wait for what the other holds.
        with self._gathering:
            for _ in range(number):
                self._at_once.acquire()
        token = _GATHERED.set(threading.Semaphore(number))
        try:
            yield
        finally:
            _GATHERED.reset(token)
            self._at_once.release(number)

    def _has_ended(self, whose: Whose, token: str, exchange: Exchange, refusals: int) -> bool:
        """Whether the token that an exchange carried has ended and another is there to send the request with."""
        if exchange.status != 401:
            self.credentials.answered(whose, exchange)
            return False

        def ask(path: str, query: str) -> Exchange:
            return self.send("GET", path, query=query, token=token, judged=False)

        try:
            renewed = self.credentials.refused(whose, token, exchange.operation, refusals, ask)
        except Blocked:
            self._tell(attrs.evolve(exchange, judged=False))
            raise
        if renewed:
            self._tell(attrs.evolve(exchange, judged=False))
        return renewed

    def _once(
        self,
        method: str,
        url: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes | None,
        text: str | None,
        who: Who | None,
    ) -> Exchange:
        matched = self._operations.match(method, path)
        operation = matched.id if matched is not None else None
        with _GATHERED.get() or self._at_once:
            self.pause(self._pacing.turn())
            # While this request waited for its turn, others may have found that the endpoint is gone.
            self._raise_if_gone()
            asked = self.ownership.asks(method, path, body)
            started = time.time()
            clock = time.monotonic()
            answer: Answer | None = None
            error: str | None = None
            error_echoes = False
            fault: Literal["network", "protocol"] | None = None
            try:
                answer = self._transport.send(method, url, headers, body)
            except TransportError as failure:
                error, error_echoes = answers.sentence(failure, self.redactor)
                fault = failure.fault
                if not failure.sent:
                    self.ownership.not_sent(asked)
            elapsed = time.monotonic() - clock
        response = None if answer is None else self._decoded(answer)
        redact = self.redactor.text
        with self.judging:
            self.sent += 1
            number = self.sent
        exchange = Exchange(
            number=number,
            operation=operation,
            request=Request(
                method=method,
                url=redact(url),
                path=redact(path),
                query=tuple((redact(k), redact(v)) for k, v in parse_qsl(query, keep_blank_values=True)),
                headers={redact(name): redact(value) for name, value in headers.items()},
                body=redact(text) if text is not None else None,
            ),
            response=response,
            error=error,
            fault=fault,
            error_echoes_secret=error_echoes,
            elapsed=elapsed,
            started=started,
            test=self.whose(),
            who=who,
            clock=clock,
        )
        with self.judging:
            self._note_silence(exchange)
            self.ownership.learn(exchange, asked, who)
        return exchange

    def _decoded(self, answer: Answer) -> Response:
        """The response. Large bodies are read one after the other, as that takes several times their size of memory."""
        with self._large if len(answer.body) > _LARGE else contextlib.nullcontext():
            return answers.decoded(answer, self.redactor)

    def _tell(self, exchange: Exchange) -> None:
        """Hand an exchange to the listeners, one at a time."""
        with self.judging:
            self.guard.lent.heard(exchange)
            for listener in self.listeners:
                with self.breakdowns.caught():
                    listener(exchange)

    def _make_sure(self, resource: Resource) -> None:
        """Look at a resource of the run before it is changed or used for the first time. Raises NotProved.

        At what another run has left it looks each time.
        """
        if self.ledger.is_of_another_run(resource):
            resource.proved = False
        if resource.proved:
            return
        look = self.send("GET", path_of(self.endpoint, resource), who=owner_of(self.endpoint, resource))
        if not resource.proved:
            raise NotProved(
                f"{resource.kind} {resource.id} is left alone: the endpoint answered a creation with it, but a look at it "
                f"does not show the run's tag ({look.summary()})"
            )

    def _pause(self, method: str, exchange: Exchange) -> float | None:
        """Seconds to wait before the same request may be sent again, or None when it shouldn't be."""
        if exchange.response is None:
            # Sent or not, a GET or DELETE may be repeated; a POST might have made something.
            return (
                self._patience.pause
                if method in ("GET", "HEAD") and exchange.fault == "network" and not self._is_silent(exchange)
                else None
            )
        after = retry_after(exchange.response.headers)
        if method == "POST" and exchange.status == 503 and after is None:
            # Whoever names no time may be a balancer that lost the answer: something may have been made.
            return None
        if exchange.status in BUSY:
            return after or self._patience.pause
        if exchange.status == 413 and after:
            return after
        return None

    def _look_around(self) -> None:
        """Before anything is made, see what is there: an answer that later calls it new is not believed."""
        with self._looking:
            if not self._looked:
                self._look()
                self._looked = True

    def _look(self) -> None:
        for who, project in self.identities():
            for kind in ("volume", "snapshot"):
                page = self.send("GET", f"/{links.segment(project)}/{kind}s", who=who)
                for _ in range(_LOOKS):
                    href = next_link(page, kind)
                    if href is None:
                        break
                    try:
                        page = self.follow(href, who=who)
                    except LinkLeadsAway:
                        # Whoever tests the lists will say so.
                        break

    def identities(self) -> list[tuple[Who, str]]:
        """Who the run is, and in which project: the run's identity, and the second one where there is one."""
        main: tuple[Who, str] = ("main", self.endpoint.identity.project_id)
        other = self.endpoint.other
        if other is None or other.project_id == main[1]:
            return [main]
        return [main, ("other", other.project_id)]

    @property
    def went_quiet(self) -> bool:
        """Whether the endpoint has stopped answering, all of it or one operation, even if it answers again by now."""
        return self._silences.ever_lasted

    def try_again(self) -> None:
        """Forget unanswered requests, busy operations and ended tokens, so that requests are sent again."""
        self._silences.try_again()
        self.busy.try_again()
        self.credentials.try_again()

    def _note_silence(self, exchange: Exchange) -> None:
        key = _key(exchange.operation, exchange.request.method, exchange.request.path)
        if exchange.response is not None or exchange.fault == "protocol":
            self._silences.answered(key)
        else:
            self._silences.unanswered(key, exchange.elapsed)

    def _is_silent(self, exchange: Exchange) -> bool:
        return self._silences.is_over(
            _key(exchange.operation, exchange.request.method, exchange.request.path)
        )

    def _raise_if_silent(self, method: str, path: str) -> None:
        """Raise EndpointGone where the endpoint, or it for this operation, has stopped answering."""
        self._raise_if_gone()
        key = self._key_of(method, path)
        if self._silences.lasts(key):
            raise EndpointGone(f"the endpoint {self.endpoint.base_url} has stopped answering {key}")

    def _raise_if_gone(self) -> None:
        """Raise EndpointGone where the whole endpoint has stopped answering."""
        if self._silences.is_gone:
            raise EndpointGone(f"the endpoint {self.endpoint.base_url} has stopped answering")

    def _key_of(self, method: str, path: str) -> str:
        matched = self._operations.match(method, path)
        return _key(matched.id if matched is not None else None, method, path)


def _key(operation: str | None, method: str, path: str) -> str:
    return operation or f"{method} {path}"


def next_link(page: Exchange, kind: str) -> str | None:
    """The first next link of a page of `volume`s or `snapshot`s, or None."""
    body = page.json()
    return next(next_links(body.get(f"{kind}s_links")), None) if isinstance(body, dict) else None


def _query(query: Sequence[tuple[str, str]] | Mapping[str, Any]) -> str:
    pairs = list(query.items()) if isinstance(query, Mapping) else list(query)
    # Values may be from answers, in which half a surrogate pair may stand.
    return urlencode(pairs, errors="surrogatepass")
