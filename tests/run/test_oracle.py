@pytest.mark.parametrize(
    ("href", "stays"),
    [
        (f"http://localhost/v2/{PROJECT}/volumes/detail?marker=7", True),
        (f"http://LOCALHOST:80/v2/{PROJECT}/volumes/detail?marker=7", True),
        (f"http://localhost:81/v2/{PROJECT}/volumes/detail?marker=7", False),
        (f"http://localhost:0/v2/{PROJECT}/volumes/detail?marker=7", False),
        (f"https://localhost/v2/{PROJECT}/volumes/detail?marker=7", False),
        (f"http://me@localhost/v2/{PROJECT}/volumes/detail?marker=7", False),
        (f"http://me:secret@localhost/v2/{PROJECT}/volumes/detail?marker=7", False),
        (f"//localhost/v2/{PROJECT}/volumes/detail?marker=7", False),
    ],
)
def test_a_next_link_stays_home(oracle: Oracle, judge: Judge, href: str, stays: bool) -> None:
    page = shown(VOLUME)
    body = {"volumes": [VOLUME], "volumes_links": [{"rel": "next", "href": href}]}
    oracle(attrs.evolve(page, response=Response(200, "OK", {}, json.dumps(body))))
    assert ("paging.next-link-stays-home" in judge.broken) is not stays
