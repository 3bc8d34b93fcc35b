# SPDX-License-Identifier: GPL-2.0-or-later
"""What every run from files to files needs: outputs, clock, progress, report."""
