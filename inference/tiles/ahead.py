# SPDX-License-Identifier: GPL-2.0-or-later
"""Work done ahead in a pool of threads, its results taken in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_order(
    pool: ThreadPoolExecutor,
    tasks: Iterable[Task],
    do: Callable[[Task], Result],
    *,
    ahead: int,
) -> Iterator[tuple[Task, Result]]:
    """Results in the order of the tasks, `ahead` of them under way at once."""
    waiting: deque[tuple[Task, Future[Result]]] = deque()
    try:
        for task in tasks:
            waiting.append((task, pool.submit(do, task)))
            if len(waiting) >= ahead:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        for _, future in waiting:
            future.cancel()
