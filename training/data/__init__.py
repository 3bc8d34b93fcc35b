# SPDX-License-Identifier: GPL-2.0-or-later
"""The labelled pictures that networks learn from or are measured on.

Where they lie, what their labels mean, whose they are, and the crops of them that a step sees.
"""
