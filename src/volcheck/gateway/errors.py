"""What can stop a request, or a test, at the gateway.

GatewayRefusal      the request could change something the run did not make; it was not sent
Blocked             the test can't do its work (no answer, no budget, no volume); it is inconclusive
├── BudgetExhausted
├── CredentialsEnded  a token is not accepted any more, and there is no other; the run stops
├── LedgerUnwritable  the ledger can't be written, so nothing more may be made
├── NotProved       what it would change is not proved to be the run's; also a GatewayRefusal
├── LinkLeadsAway   a link of an answer leads to another host; the token is not sent there
├── OperationBusy   an operation has answered that it is busy for longer than the gateway's patience
├── RunStopped      the run was interrupted or has run out of time; what has not ended is inconclusive
└── EndpointGone    the endpoint has stopped answering, or stopped for one operation; what needs it is inconclusive
"""

from __future__ import annotations


class GatewayRefusal(RuntimeError):
    """A request that could change a resource the run did not make. Raised before anything is sent."""


class Blocked(Exception):
    """A test can't do its work, for a reason that is not its requirement's. The message is that reason."""


class BudgetExhausted(Blocked):
    """As many volumes or GiB exist already as the run may have at once, and none of them goes away."""


class LedgerUnwritable(Blocked):
    """A creation can't be noted in the ledger on disk, so it is not sent: what it makes could not be found again."""


class NotProved(Blocked, GatewayRefusal):
    """A request would change what the endpoint said it made for the run, but what nothing proves to be the run's.

    It was not sent. That is the endpoint's doing and no fault of the test.
    """


class LinkLeadsAway(Blocked):
    """A link that an answer gave is no URL below the endpoint's base URL, so it was not followed."""


class EndpointGone(Blocked):
    """Several requests in a row (of one operation, or of any) went unanswered for longer than the gateway's patience."""


class OperationBusy(Blocked):
    """An operation was busy (429, 503, 413 with Retry-After) for longer than the gateway's patience, so it is left alone."""


class CredentialsEnded(Blocked):
    """A token is not accepted any more and can't be renewed, so that the run stops. `korean` says the same in Korean."""

    def __init__(self, english: str, korean: str) -> None:
        super().__init__(english)
        self.korean = korean


class RunStopped(Blocked):
    """The run was stopped while a test was at work. The message is why."""
