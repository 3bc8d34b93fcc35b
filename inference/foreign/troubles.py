# SPDX-License-Identifier: GPL-2.0-or-later
"""What onnxruntime says against a network, as sentences that tell what would mend it."""

from __future__ import annotations

import re

from ..cards.fields import printable

_RULES = (
    (
        r"Unsupported model IR version: (\d+), max supported IR version: (\d+)",
        "it is written in ONNX's file version {0}, the installed onnxruntime ({runtime}) reads up "
        "to {1}; update onnxruntime, or export the network with an older ONNX",
    ),
    (
        r"Opset (\d+) is .*Current official support for domain (\S+) is till opset (\d+)",
        "it needs operators of version {0} of {1}, the installed onnxruntime ({runtime}) has those "
        "up to {2}; update onnxruntime, or export the network with opset {2}",
    ),
    (
        r"No Op registered for (\S+) with domain_version of (\d+)",
        "its operator '{0}' does not exist in version {1} of ONNX's operators; export it with a "
        "newer opset, or update onnxruntime ({runtime})",
    ),
    (
        r"Fatal error: (\S*?):?([^\s:(]+)\(-?\d+\) is not a registered function/op",
        "its operator '{1}' of '{0}' is not one that onnxruntime ({runtime}) brings; export it "
        "with ONNX's own operators",
    ),
    (
        r"Could not find an implementation for (\S+?)\((\d+)\)",
        "its operator '{0}' (version {1}) has no implementation in the installed onnxruntime "
        "({runtime}); update onnxruntime, or export the network in float32",
    ),
    (
        r"terminate flag being set",
        "it did not finish: it repeats itself without an end; choose another",
    ),
    (
        r"bad_alloc|Failed to allocate memory|would require more than \d+ bytes",
        "it wants more memory than there is; choose smaller tiles or a smaller network",
    ),
    (
        r"(?:Protobuf parsing failed|INVALID_PROTOBUF)",
        "it is no whole ONNX file; fetch or export it again",
    ),
    (
        r"Node input '([^']*)' is not a graph input, initializer, or output",
        "its graph has a gap: nothing makes '{0}'; export it again",
    ),
    (
        r"(Incompatible dimensions|ShapeInferenceError|incompatible dimensions)",
        "the shapes in its graph do not fit together; export it again",
    ),
)
_LONGEST, _LONGEST_READ = 200, 5000


def in_plain_words(error: str, *, runtime: str) -> str:
    """What `error` means and how to mend it, without a full stop; else its own words, shortened.

    `runtime` is the version of the installed onnxruntime.
    """
    line = printable(error[:_LONGEST_READ])
    for pattern, sentence in _RULES:
        found = re.search(pattern, line)
        if found is not None:
            return sentence.format(*(part[:60] for part in found.groups()), runtime=runtime)
    words = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", line)
    return f"onnxruntime {runtime} says: {words[:_LONGEST]}; export it again or choose another"
