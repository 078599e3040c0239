"""The end of the tests that wait."""

import asyncio
import contextlib
import gc
from types import SimpleNamespace

from volcheck.run.stage import Stage


def test_a_task_that_an_interrupt_has_ended_is_not_told_of_as_forgotten(caplog):
    loop = asyncio.new_event_loop()
    stage = Stage(SimpleNamespace(loop=loop))

    async def interrupted():
        raise KeyboardInterrupt

    async def begin():
        task = asyncio.get_running_loop().create_task(interrupted())
        task.add_done_callback(lambda done: done.exception())

    with contextlib.suppress(KeyboardInterrupt):
        loop.run_until_complete(begin())
        loop.run_until_complete(asyncio.sleep(0.01))
    stage.stop()
    gc.collect()
    assert loop.is_closed()
    assert caplog.text == ""
