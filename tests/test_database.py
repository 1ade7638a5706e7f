"""How the portal connects to its database."""

import pytest
from sqlalchemy import event

from portal_app.database import make_engine


@pytest.mark.parametrize(("asked", "seconds"), [("", 10), ("?connect_timeout=3", "3")])
def test_a_postgresql_server_that_is_gone_is_noticed(asked: str, seconds: object):
    engine = make_engine(f"postgresql+psycopg://porchlight@localhost/porchlight{asked}")
    given: dict[str, object] = {}

    def connect(_dialect: object, _record: object, _arguments: object, options: dict[str, object]) -> None:
        given.update(options)
        raise ConnectionError

    event.listen(engine, "do_connect", connect)
    with pytest.raises(ConnectionError):
        engine.connect()
    assert given["connect_timeout"] == seconds
    assert (given["keepalives"], given["keepalives_idle"], given["tcp_user_timeout"]) == (1, 30, 60_000)
