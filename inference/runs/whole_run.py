# SPDX-License-Identifier: GPL-2.0-or-later
"""What every run from files to files has in common, whatever is asked of the network."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

from rasterio.errors import NotGeoreferencedWarning

from ..cards.card import ModelCard
from ..errors import Cancelled, InputError
from ..network import providers
from ..raster.gdal_cache import small_cache
from ..raster.source import FileSource, RasterSource
from .outputs import Companion, Outputs
from .stopwatch import Stopwatch

Progress = Callable[[float], None]
"""Told percent."""
Message = Callable[[str], None]
Asked = Callable[[], bool]


class OpenRun(Protocol):
    """A job with everything open that it needs."""

    outputs: Outputs
    watch: Stopwatch

    def compute(self, progress: Progress, cancelled: Asked) -> None:
        """Ask the network, and write what is finished on the way."""

    def finish(self, progress: Progress, cancelled: Asked) -> None:
        """Make every file whole, under its temporary name."""

    def result(self, timings: Mapping[str, float], told: tuple[str, ...]) -> Any:
        """What the run made."""

    def page(self, result: Any) -> str:
        """The report as a page of HTML."""


def do_whole_run(
    open_run: Callable[[Sequence[Companion], ExitStack, Message], OpenRun],
    *,
    companions: Sequence[Companion] = (),
    progress: Progress = lambda percent: None,
    message: Message = lambda text: None,
    cancelled: Asked = lambda: False,
) -> Any:
    """Open, compute, finish, commit; blocks until the files are whole, or leaves none behind.

    `companions` are files of the caller's that must be whole, too, before any file gets its name.
    `progress` (percent), `message` (warnings) and `cancelled` are called from this thread only.
    Raises a leaf of GeoSiftError for whatever a user can mend.
    """
    start = time.perf_counter()
    told: list[str] = []

    def warn(text: str) -> None:
        told.append(text)
        message(text)

    with ExitStack() as stack:
        stack.enter_context(small_cache())
        stack.enter_context(rasterio_silent())
        opened = open_run(companions, stack, warn)
        if providers.trouble():
            warn(providers.trouble())
        opened.compute(progress, cancelled)
        opened.finish(progress, cancelled)
        timings = {"total": time.perf_counter() - start, **opened.watch.seconds}
        result = opened.result(timings, tuple(told))
        opened.outputs.make_rest(result, lambda: opened.page(result))
        if cancelled():
            raise Cancelled("Cancelled; nothing was written.")
        opened.outputs.commit()
    progress(100.0)
    return result


@contextmanager
def rasterio_silent() -> Iterator[None]:
    """That a raster does not say where it lies, the user is told in GeoSift's own words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def open_source(
    source: str | RasterSource, card: ModelCard, bands: tuple[int, ...] | None, stack: ExitStack
) -> RasterSource:
    """A job's raster; what was open before stays open after the run."""
    if not isinstance(source, str):
        return source
    return stack.enter_context(FileSource(source, bands=bands, names=card.bands))


def no_valid_pixel(source: RasterSource, *, outside: str = "") -> InputError:
    """`outside` is of what nothing was wanted."""
    words = f", or outside {outside}" if outside else ""
    return InputError(
        f"{source.name} has no valid pixel where an answer was wanted: all of it is nodata, "
        f"transparent or NaN{words}."
    )
