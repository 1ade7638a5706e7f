import time

from portal_app.gate.connections import Bucket


def test_a_burst_is_let_through_and_no_more():
    bucket = Bucket(burst=5, per_second=0.001)
    assert [bucket.take() for _ in range(7)] == [True] * 5 + [False] * 2


def test_it_fills_again_with_time():
    bucket = Bucket(burst=2, per_second=10)
    assert bucket.take()
    assert bucket.take()
    assert not bucket.take()
    bucket.filled_at = time.monotonic() - 1
    assert bucket.take()
