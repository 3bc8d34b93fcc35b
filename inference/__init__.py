# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoSift's engine: rasters in, classes and outlines out, without QGIS.

The table of contents; each name is imported when it is first asked for, because a desktop program
that only lists the models should not wait for onnxruntime, OpenCV and rasterio.
"""

from __future__ import annotations

import importlib

_HOME = {
    "Window": "raster.window",
    "TileGrid": "tiles.grid",
    "ModelCard": "cards.card",
    "ClassInfo": "cards.card",
    "BlendSettings": "cards.card",
    "Catalog": "cards.catalog",
    "Frame": "raster.frame",
    "RasterSource": "raster.source",
    "FileSource": "raster.source",
    "RasterSink": "raster.sink",
    "Session": "network.session",
    "Engine": "network.engine",
    "Blender": "tiles.blend",
    "SegmentJob": "segmentation.job",
    "SegmentResult": "segmentation.job",
    "run": "segmentation.run",
    "ClassifyJob": "classification.job",
    "ClassifyResult": "classification.job",
    "ZonePolygon": "classification.job",
    "DetectJob": "detection.job",
    "DetectResult": "detection.job",
    "run_detect": "detection.run",
    "run_classify": "classification.run",
    "RegressJob": "regression.run",
    "run_regress": "regression.run",
    "SuperresolveJob": "superresolution.run",
    "run_superresolve": "superresolution.run",
    "RecogniseJob": "recognition.run",
    "run_recognise": "recognition.run",
    "SurfaceResult": "surface.job",
    "Prompt": "prompt.prompts",
    "Click": "prompt.prompts",
    "PromptBox": "prompt.prompts",
    "PromptNetwork": "prompt.network",
    "load_promptable": "prompt.opening",
    "EmbeddingCache": "prompt.embedding",
    "Cutter": "prompt.cutter",
    "Cutout": "prompt.cutout",
    "PromptJob": "prompt.job",
    "PromptResult": "prompt.job",
    "PlacedPrompt": "prompt.job",
    "run_prompts": "prompt.run",
    "GeoSiftError": "errors",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
