"""What a run writes while it is at work is for its owner alone."""

import os
import stat

import pytest

from volcheck.gateway.private import open_private


def _rights(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277])
@pytest.mark.parametrize("append", [False, True])
def test_a_file_is_0600_in_a_folder_of_0700_whatever_the_umask(tmp_path, umask, append):
    before = os.umask(umask)
    try:
        with open_private(tmp_path / "new" / "x", append=append) as file:
            file.write(b"1")
    finally:
        os.umask(before)
    assert _rights(tmp_path / "new" / "x") == 0o600
    assert _rights(tmp_path / "new") == 0o700


@pytest.mark.parametrize("append", [False, True])
def test_what_was_there_with_other_rights_gets_these(tmp_path, append):
    path = tmp_path / "old" / "x"
    path.parent.mkdir(mode=0o755)
    path.write_bytes(b"old")
    path.chmod(0o644)
    with open_private(path, append=append) as file:
        file.write(b"new")
        # On its way at once: nothing waits in a buffer.
        assert path.read_bytes() == (b"oldnew" if append else b"new")
    assert _rights(path) == 0o600
    assert _rights(path.parent) == 0o700


@pytest.mark.parametrize("append", [False, True])
def test_no_link_is_followed(tmp_path, append):
    mine = tmp_path / "mine"
    mine.write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").symlink_to(mine)
    with pytest.raises(OSError, match="symbolic links"):
        open_private(tmp_path / "folder" / "x", append=append)
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        open_private(tmp_path / "link" / "x", append=append)
    assert mine.read_text() == "mine"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert _rights(tmp_path / "elsewhere") == 0o755
