# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks for what a network's file does not say, and makes its model card."""
