"""Where mails go: reading an SMTP URL."""

import pytest

from services.notify.channels.client.mail import MailServer


@pytest.mark.parametrize(
    ("url", "host", "port", "use_tls", "username", "password"),
    [
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, False, None, None),
        ("smtp://mail.example.com", "mail.example.com", 25, False, None, None),
        ("smtps://mail.example.com", "mail.example.com", 465, True, None, None),
        ("smtp://u%40x:p%3Aw@mail.example.com:587", "mail.example.com", 587, False, "u@x", "p:w"),
    ],
)
def test_smtp_urls(url: str, host: str, port: int, use_tls: bool, username: str | None, password: str | None) -> None:
    server = MailServer.parse(url, helo_name="h")
    assert (server.host, server.port, server.use_tls) == (host, port, use_tls)
    assert (server.username, server.password) == (username, password)
    assert "p:w" not in repr(server)


@pytest.mark.parametrize("url", ["http://127.0.0.1:2525", "127.0.0.1:2525", "smtp://", ""])
def test_what_is_no_smtp_url(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://"):
        MailServer.parse(url, helo_name="h")
