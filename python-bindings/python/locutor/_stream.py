"""Running work as an iterator."""

from __future__ import annotations

from functools import wraps
from inspect import Signature, signature
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Generic, Iterator, Optional, TypeVar

from ._errors import Cancelled
from ._locutor import Work

if TYPE_CHECKING:  # the running package needs nothing but itself
    from typing_extensions import Concatenate, ParamSpec

    Parameters = ParamSpec("Parameters")

Owner = TypeVar("Owner")
Event = TypeVar("Event")
Result = TypeVar("Result")


Closed = TypeVar("Closed", bound="Closing")


class Closing:
    """Is closed at the end of its `with` block."""

    def close(self) -> None:
        """Gives up what is held."""
        raise NotImplementedError

    def __enter__(self: Closed) -> Closed:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


class Stream(Closing, Generic[Event, Result], Iterator[Event]):
    """Gives events as they happen; `result()` is the whole. Closing or dropping it stops the work.

    Errors of the work are raised where it is waited for. Ctrl-C stops it as well.
    """

    def __init__(
        self, work: Work, event: Callable[[Any], Event], result: Callable[[Any], Result]
    ) -> None:
        self._work: Optional[Work] = work
        self._event = event
        self._make = result
        self._result: Optional[Result] = None
        self._done = False

    def __next__(self) -> Event:
        if self._work is None:
            raise StopIteration
        value = self._work.next()
        if value is None:
            self._finish()
            raise StopIteration
        return self._event(value)

    def result(self) -> Result:
        """Passes over the remaining events and gives the result.

        Raises `Cancelled` when the stream was closed before its end.
        """
        if self._work is not None:
            self._finish()
        if not self._done:
            raise Cancelled("the stream was closed before its end")
        return self._result  # type: ignore[return-value]

    def close(self) -> None:
        """Stops the work; nothing happens when it has ended."""
        work, self._work = self._work, None
        if work is not None:
            work.cancel()

    def _finish(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            self._result = self._make(work.result())
            self._done = True


def whole(
    stream: Callable[Concatenate[Owner, Parameters], Stream[Any, Result]], documentation: str
) -> Callable[Concatenate[Owner, Parameters], Result]:
    """The method with the parameters of `stream` that waits for its result."""

    @wraps(stream)
    def method(owner: Owner, /, *values: Parameters.args, **options: Parameters.kwargs) -> Result:
        return stream(owner, *values, **options).result()

    method.__name__ = stream.__name__.removesuffix("_stream")
    method.__qualname__ = stream.__qualname__.removesuffix("_stream")
    method.__doc__ = documentation
    shown = signature(stream).replace(return_annotation=Signature.empty)
    setattr(method, "__signature__", shown)
    return method
