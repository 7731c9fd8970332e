"""What can go wrong; every message says what to do next."""

from __future__ import annotations

from typing import Optional


class Error(Exception):
    """Base of everything the package raises."""

    def __init__(
        self,
        message: str,
        *,
        parameter: Optional[str] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(message)
        self.parameter = parameter
        """Name of the unusable parameter, for `InvalidInput`."""
        self.retry_after = retry_after
        """Seconds until a place may be free, for `Busy`."""


class InvalidInput(Error, ValueError):
    """A parameter is unusable."""


class InvalidAudio(Error, ValueError):
    """The bytes are not audio that can be decoded."""


class UnknownModel(Error, ValueError):
    """The catalog has no such model for the task."""


class ModelMissing(Error):
    """A model is absent from the models folder, or damaged there."""


class MissingLibrary(Error, ImportError):
    """A system library that is needed at run time is not installed."""


class FileError(Error, OSError):
    """A file cannot be read or written."""


class StoreError(Error, RuntimeError):
    """An index cannot be used: another process has it open, or it is damaged."""


class Busy(Error):
    """The queue of the task is full."""


class Cancelled(Error):
    """The work was asked to stop."""


class BackendError(Error, RuntimeError):
    """A backend failed on valid input."""
