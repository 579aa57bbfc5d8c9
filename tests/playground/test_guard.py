"""Only whoever opened the printed address may use the page, from this machine and from no other page."""

from http import HTTPStatus
from pathlib import Path

import aiohttp

from playground.conftest import Page
from wisp_framework.playground.guard import COOKIE, Guard


def test_a_token_opens_once(tmp_path: Path) -> None:
    """The second who shows the token is a stranger, as is whoever guesses."""
    guard = Guard(tmp_path)

    assert guard.enter("guess") is None
    assert guard.enter(guard.token) is not None
    assert guard.enter(guard.token) is None


def test_open_tabs_are_known_after_a_restart(tmp_path: Path) -> None:
    """The cookie's key rests in a file that is the owner's alone."""
    first, second = Guard(tmp_path), Guard(tmp_path)

    assert first.enter(first.token) == second.enter(second.token)
    assert (tmp_path / "playground.key").stat().st_mode & 0o077 == 0


async def test_strangers_learn_nothing(page: Page) -> None:
    """Without the cookie there is neither page nor people nor Discord, and the token is used up."""
    async with aiohttp.ClientSession() as stranger:
        for path in (
            "/",
            "/backstage/people",
            "/backstage/feed",
            "/discord/api/users/@me",
            "/discord/gateway",
        ):
            async with stranger.get(f"{page.root}{path}") as answer:
                assert answer.status == HTTPStatus.UNAUTHORIZED
                assert "token" not in await answer.text()
        async with stranger.get(page.playground.address) as answer:
            assert answer.status == HTTPStatus.UNAUTHORIZED


async def test_other_pages_reach_nothing(page: Page) -> None:
    """A request by a foreign page, or by a foreign name, is refused even with the cookie."""
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        async with page.browser.get(f"{page.root}/backstage/people", headers=headers) as answer:
            assert answer.status == HTTPStatus.FORBIDDEN


async def test_says_what_may_be_loaded(page: Page) -> None:
    """Scripts come from the page's own origin, nothing is framed, and the cookie is no script's to read."""
    async with page.browser.get(page.root) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    (cookie,) = [one for one in page.browser.cookie_jar if one.key == COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
