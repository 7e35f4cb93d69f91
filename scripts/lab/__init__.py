# SPDX-License-Identifier: BSD-3-Clause
"""RFC 2544 for Narrows: see docs/lab.md."""
