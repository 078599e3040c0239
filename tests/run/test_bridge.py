"""Synchronous code that waits beside a loop."""

import asyncio
import threading

import pytest

from volcheck.run import bridge


def test_others_go_on_while_the_code_waits():
    said = []

    def code(name):
        for number in range(3):
            said.append(f"{name}{number}")
            bridge.wait_for(asyncio.sleep(0.01))
        return name

    async def both():
        return await asyncio.gather(bridge.beside(lambda: code("a")), bridge.beside(lambda: code("b")))

    assert asyncio.run(both()) == ["a", "b"]
    assert said == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert not bridge.bridged()


def test_only_one_is_at_work():
    at_work = []

    def code():
        for _ in range(50):
            at_work.append(1)
            assert len(at_work) == 1
            at_work.pop()
            bridge.wait_for(asyncio.sleep(0))

    async def all_of_them():
        await asyncio.gather(*(bridge.beside(code) for _ in range(8)))

    asyncio.run(all_of_them())


def test_what_is_raised_comes_out():
    def code():
        raise LookupError("in the code")

    with pytest.raises(LookupError, match="in the code"):
        asyncio.run(bridge.beside(code))


def test_what_a_wait_raises_can_be_caught():
    async def failing():
        raise LookupError("in the wait")

    def code():
        try:
            bridge.wait_for(failing())
        except LookupError as error:
            return str(error)

    assert asyncio.run(bridge.beside(code)) == "in the wait"


def test_a_cancellation_ends_the_code():
    ended = []

    def code():
        try:
            bridge.wait_for(asyncio.sleep(60))
        finally:
            ended.append(True)

    async def cancelled():
        task = asyncio.create_task(bridge.beside(code))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert ended == [True]
    assert not [thread for thread in threading.enumerate() if thread.name == "volcheck-beside"]
