"""The forger of these tests always changes something, whatever the site holds."""

from pathlib import Path

import pytest

from chalicelib.publishing import paths
from tests.local.forgeries import Forger
from tests.recoveries import written


@pytest.mark.parametrize("seed", range(60))
def test_lines_are_changed_also_where_the_last_file_has_but_one(seed: int, tmp_path: Path) -> None:
    files = {
        paths.RECORD_HEAD: b'{"seq":101}',
        paths.entries(1): b"".join(b"%d\n" % n for n in range(1, 101)),
        paths.entries(101): b"101\n",
    }
    written(tmp_path / "site", files)
    forger = Forger(tmp_path / "site", seed)

    edit = forger.lines()

    assert edit.files[edit.named] != files[edit.named]
