# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the networks in `resources/models/`; needs torch, and the plugin never imports it."""
