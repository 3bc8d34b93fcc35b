# SPDX-License-Identifier: GPL-2.0-or-later
"""An index in PostgreSQL with pgvector: what is sent there and asked, as text; who carries it is
the caller's choice (see `database.py`)."""
