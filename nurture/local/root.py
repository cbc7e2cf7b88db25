"""Where the checkout is: the folder with sequences/, templates/ and policies/."""

from __future__ import annotations

from pathlib import Path

import nurture
from nurture.settings import Settings


def project_root() -> Path:
    """Return NURTURE_ROOT or the present folder if it holds sequences/, else the checkout this code comes from."""
    here = Settings().root.resolve()
    return here if (here / "sequences").is_dir() else Path(nurture.__file__).resolve().parents[1]
