# SPDX-License-Identifier: GPL-2.0-or-later
"""A label as a feature of a layer, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qgis.core import NULL, QgsFeature, QgsVectorLayer, QgsVectorLayerUtils

from .label_style import CLASS_FIELD, NAME_FIELD, WIDTH_FIELD
from .shapes import geometry_of, identity, shape_from

if TYPE_CHECKING:
    from ...inference.teaching.lesson import Label

_NO_CLASS = -1


def place_of(label: Label) -> tuple[object, ...]:
    """The same for two labels that differ in their class alone."""
    return identity(label.shape), label.width


def key_of(label: Label) -> tuple[object, ...]:
    """The same for two labels that are alike."""
    return *place_of(label), label.class_id


def label_in(feature: QgsFeature) -> Label | None:
    """What a feature says, without a class of class -1; None where it has no shape."""
    from ...inference.teaching.lesson import Label

    shape, class_id = shape_from(feature.geometry()), feature[CLASS_FIELD]
    if shape is None:
        return None
    width = feature[WIDTH_FIELD]
    return Label(
        shape,
        _NO_CLASS if class_id in (None, NULL) else int(class_id),
        0.0 if width in (None, NULL) else float(width),
    )


def feature_of(layer: QgsVectorLayer, label: Label, name: str) -> QgsFeature:
    """A new feature of a layer of its kind, of a class of that name."""
    geometry = geometry_of(label.shape)
    (fitting,) = geometry.coerceToType(layer.wkbType())
    values = (label.class_id, name, label.width)
    return QgsVectorLayerUtils.createFeature(layer, fitting, dict(enumerate(values)))


def set_class(layer: QgsVectorLayer, fid: int, class_id: int, names: Mapping[int, str]) -> None:
    """Have a feature be of a class, within the user's edits where there are."""
    fields = layer.fields()
    values = {
        fields.lookupField(CLASS_FIELD): class_id,
        fields.lookupField(NAME_FIELD): names[class_id],
    }
    if layer.isEditable():
        layer.changeAttributeValues(fid, values)
    else:
        layer.dataProvider().changeAttributeValues({fid: values})
