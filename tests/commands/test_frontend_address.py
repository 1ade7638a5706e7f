from pathlib import Path

import pytest

from portal_app.commands.frontend_address import AddressNotReplaced, use_own_origin

SCRIPT = (
    "var e={PING:`https://portal.invalid/ping`,EVENT:`wss://portal.invalid/_event`,"
    'UPLOAD:"https://portal.invalid/_upload",TRANSPORT:`websocket`,TEST_MODE:!1};export{e as t};'
)


@pytest.fixture
def client(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "reflex-env-abc.js").write_text(SCRIPT)
    (tmp_path / "assets" / "reflex-env-abc.js.gz").write_bytes(b"old")
    (tmp_path / "index.html").write_text("<script src='/assets/reflex-env-abc.js'></script>")
    return tmp_path


def test_both_addresses_become_the_pages_own(client: Path) -> None:
    use_own_origin(client)
    assert (client / "assets" / "reflex-env-abc.js").read_text() == (
        "var e={PING:`${location.origin}/ping`,EVENT:`${location.origin.replace(/^http/,'ws')}/_event`,"
        "UPLOAD:`${location.origin}/_upload`,TRANSPORT:`websocket`,TEST_MODE:!1};export{e as t};"
    )


def test_the_compressed_copy_with_the_old_address_is_gone(client: Path) -> None:
    use_own_origin(client)
    assert [path.name for path in (client / "assets").iterdir()] == ["reflex-env-abc.js"]


def test_an_address_anywhere_else_stops_the_build(client: Path) -> None:
    (client / "login.html").write_text("<a href='https://portal.invalid/home'>")
    with pytest.raises(AddressNotReplaced, match=r"login\.html"):
        use_own_origin(client)


def test_a_build_without_the_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AddressNotReplaced, match="found 0"):
        use_own_origin(tmp_path)
