# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers of protobuf's fields in an ONNX file, as far as networks are cut and joined here.

Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

GRAPH = 7
"""Of ModelProto."""
NODE, INITIALIZER, OUTPUT = 1, 5, 12
"""Of GraphProto."""
NODE_INPUTS, NODE_OUTPUTS, OPERATOR, ATTRIBUTE = 1, 2, 4, 5
"""Of NodeProto."""
NAME = 1
"""Of ValueInfoProto and AttributeProto."""
SUBGRAPHS = (6, 11)
"""Of AttributeProto."""
DIMS, DATA_TYPE, TENSOR_NAME, RAW_DATA = 1, 2, 8, 9
"""Of TensorProto."""
FLOAT = 1
"""What TensorProto calls numbers of 32 bits."""
