"""The tokens of a run: who calls, when each was last accepted, and what a 401 means.

A token ends, and that is no fault of the endpoint; an endpoint that answers 401 to a good token has one. To tell them
apart the token is tried, once, on something else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import attrs

from volcheck.endpoint.model import Endpoint, Identity
from volcheck.errors import EndpointError
from volcheck.gateway.errors import Blocked, CredentialsEnded
from volcheck.gateway.exchange import Exchange

#: The run's identity, and the second one.
Whose = Literal["main", "other"]
#: How a token is tried: operation, its path below the project, its query.
_TRIALS = (
    ("listVolumeTypes", "types", ""),
    ("listVolumes", "volumes", "limit=1"),
    ("listSnapshots", "snapshots", "limit=1"),
)
_VARIABLES = {"main": "OS_TOKEN", "other": "OS_OTHER_TOKEN"}
_OPTIONS = {"main": "--cloud NAME", "other": "--other-cloud NAME"}


@attrs.define
class _Known:
    """What is known of one identity: operations that accepted its token, when the last did (seconds since the epoch), and
    why it is of no more use."""

    worked: set[str] = attrs.field(factory=set)
    accepted: float | None = None
    ended: CredentialsEnded | None = None


class Credentials:
    """The tokens of an endpoint's identities. May be used from several threads.

    clock: seconds since the epoch; the run is taken to begin now.
    """

    def __init__(self, endpoint: Endpoint, *, clock: Callable[[], float] = time.time) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._began = clock()
        self._known: dict[Whose, _Known] = {"main": _Known(), "other": _Known()}
        self._lock = threading.Lock()
        self._renewing: dict[Whose, threading.Lock] = {"main": threading.Lock(), "other": threading.Lock()}
        #: Why no more tests can be made, once a token has ended.
        self.stopped: CredentialsEnded | None = None

    def identity(self, whose: Whose) -> Identity:
        """The run's identity or the second one. Raises Blocked where there is no second."""
        if whose == "main":
            return self._endpoint.identity
        if self._endpoint.other is None:
            raise Blocked(
                "it needs a second identity: give one with --other-cloud, or OS_OTHER_TOKEN and --other-project-id"
            )
        return self._endpoint.other

    def token(self, whose: Whose) -> str:
        """A token to send. Raises CredentialsEnded where the last one ended and there is no other."""
        identity = self.identity(whose)
        ended = self._known[whose].ended
        if ended is not None:
            raise ended
        try:
            return identity.source.token()
        except EndpointError as error:
            raise self._end(whose, error) from None

    def answered(self, whose: Whose, exchange: Exchange) -> None:
        """Note what became of a request that carried an identity's own token."""
        if 200 <= exchange.status < 300:
            with self._lock:
                known = self._known[whose]
                known.accepted = exchange.started
                if exchange.request.method == "GET" and exchange.operation is not None:
                    known.worked.add(exchange.operation)

    def refused(
        self,
        whose: Whose,
        used: str,
        operation: str | None,
        attempt: int,
        ask: Callable[[str, str], Exchange],
    ) -> bool:
        """What a 401 to a request with an identity's own token calls for: True, send it again, with `token(whose)`; False,
        take it as the operation's answer, as the token is good elsewhere.

        used: the token it carried. attempt: of the request, from 1: a third one is never made. ask: sends a GET with the
        same token, below the base URL, of a path and a query. Raises CredentialsEnded where the token has ended and no
        other is to be had, Blocked where that can't be found out.
        """
        again = attempt < 3
        # One at a time, so that a token that another request has renewed meanwhile is not renewed a second time.
        with self._renewing[whose]:
            if again and self.token(whose) != used:
                return True
            if self._is_good(whose, operation, ask):
                return False
            try:
                fresh = self.identity(whose).source.renew() if again else None
            except EndpointError as error:
                raise self._end(whose, error) from None
            if fresh is None:
                raise self._end(whose, None)
            return True

    def try_again(self) -> None:
        """Forget that tokens have ended: what follows is worth a new attempt."""
        for known in self._known.values():
            known.ended = None

    def _is_good(self, whose: Whose, operation: str | None, ask: Callable[[str, str], Exchange]) -> bool:
        """Whether the token is accepted by something else, if possible by something that has accepted it before."""
        others = [trial for trial in _TRIALS if trial[0] != operation]
        worked = self._known[whose].worked
        _, path, query = next((trial for trial in others if trial[0] in worked), others[0])
        exchange = ask(f"/{self.identity(whose).project_id}/{path}", query)
        if exchange.response is None or exchange.status == 429 or exchange.status >= 500:
            raise Blocked(
                f"the token was refused (401), and whether it has ended could not be found out: {exchange.summary()}"
            )
        return exchange.status != 401

    def _end(self, whose: Whose, error: EndpointError | None) -> CredentialsEnded:
        """Note that an identity's token has ended. error: what the identity service says, where there is one."""
        ended = CredentialsEnded(*self._sentences(whose, error))
        with self._lock:
            self._known[whose].ended = ended
            self.stopped = self.stopped or ended
        return ended

    def _sentences(self, whose: Whose, error: EndpointError | None) -> tuple[str, str]:
        """In English and Korean: what happened, when, and what to do."""
        accepted = self._known[whose].accepted
        variable, option = _VARIABLES[whose], _OPTIONS[whose]
        project = self.identity(whose).project_id
        if error is not None:
            cure = f"no other is to be had: {error}", f"새 토큰을 받을 수 없습니다. {error}"
        else:
            cure = (
                f"start again with a fresh one in {variable}, or with a password or an application credential "
                f"({option}, OS_AUTH_URL), by which it is renewed.",
                f"{variable}에 새 토큰을 넣거나, 토큰이 갱신되도록 비밀번호 또는 애플리케이션 자격 증명({option}, "
                "OS_AUTH_URL)을 주고 다시 시작하십시오.",
            )
        if accepted is None:
            return (
                f"The endpoint {self._endpoint.base_url} refused the credentials (401): check that the token of project "
                f"{project} is valid and belongs to it; {cure[0]}",
                f"엔드포인트 {self._endpoint.base_url}가 자격 증명을 거부했습니다(401). 테넌트 {project}의 토큰이 유효하고 그 "
                f"테넌트의 것인지 확인하십시오. {cure[1]}",
            )
        last = datetime.fromtimestamp(accepted, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        now, then = _long(self._clock() - self._began), _long(accepted - self._began)
        return (
            f"The token of project {project} is not accepted any more (401), {now} into the run. It was last accepted at "
            f"{last}, {then} into the run: {cure[0]}",
            f"실행 시작 {now} 뒤부터 테넌트 {project}의 토큰이 받아들여지지 않습니다(401). 마지막으로 받아들여진 때는 "
            f"{last}, 실행 시작 {then} 뒤입니다. {cure[1]}",
        )


def _long(seconds: float) -> str:
    """`1 h 02 min`, `3 min 04 s` or `5 s`."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {whole % 60:02d} s" if minutes else f"{whole} s"
