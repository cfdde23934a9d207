"""Where everything that the machine writes lies."""

from __future__ import annotations

import os
from pathlib import Path


def artifacts_dir() -> Path:
    """TIENGNOI_ARTIFACTS, or artifacts/ where the command runs; the one rule for every room."""
    return Path(os.environ.get("TIENGNOI_ARTIFACTS") or "artifacts").absolute()
