# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong, as a tree: one root, and leaves that are also builtin errors.

Every message is one sentence a user can act on: what was expected, what came, how to mend it.
"""

from __future__ import annotations


class GeoSiftError(Exception):
    """Root of all trouble GeoSift foresees; anything else that is raised is a bug."""


class InputError(GeoSiftError, ValueError):
    """The raster, the bands, the extent or the mask cannot be used as they are."""


class CardError(GeoSiftError, ValueError):
    """A model card is missing, malformed, or does not fit its network."""


class RegistryError(GeoSiftError, ValueError):
    """A list of models that can be fetched is malformed."""


class BareModelError(CardError):
    """A network that could be run, but nothing says what its numbers mean: ask the user."""


class ModelError(GeoSiftError, RuntimeError):
    """A network cannot be loaded, or fails while it runs."""


class OutputError(GeoSiftError, OSError):
    """A result cannot be written: no permission, no such folder, a full disk."""


class DatabaseError(GeoSiftError, ConnectionError):
    """What a database server says of what it did not do; whoever asked puts it in a sentence."""


class MissingDependency(GeoSiftError, ImportError):
    """A package the engine needs is not installed for this Python."""


class Cancelled(GeoSiftError):
    """The user cancelled; nothing was kept."""
