# SPDX-License-Identifier: GPL-2.0-or-later
"""Make the sample project: the scene, named and framed, with a relative path.

scripts/pyqgis.sh scripts/sample_project.py SCENE PROJECT
"""

from __future__ import annotations

import sys

from qgis.core import Qgis, QgsApplication, QgsProject, QgsRasterLayer, QgsReferencedRectangle


def main(scene: str, target: str) -> None:
    application = QgsApplication([], True)
    application.initQgis()
    layer = QgsRasterLayer(scene, "Sample scene")
    if not layer.isValid():
        raise SystemExit(f"sample_project: QGIS cannot open {scene}: {layer.error().summary()}")
    project = QgsProject.instance()
    project.setTitle("GeoSift sample")
    project.setFilePathStorage(Qgis.FilePathType.Relative)
    project.setCrs(layer.crs(), adjustEllipsoid=True)
    project.addMapLayer(layer)
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(layer.extent(), layer.crs()))
    written = project.write(target)
    project.clear()
    application.exitQgis()
    if not written:
        raise SystemExit(f"sample_project: cannot write {target}: is its folder writable?")


if __name__ == "__main__":
    main(*sys.argv[1:])
