# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's promptable pairs of ONNX files: the SAM 1 family, EdgeSAM, SAM 2 and 2.1."""
