"""Server-side request forgery: which URLs may be registered and which addresses connected to."""

import pytest

from services.notify.webhooks.rules.errors import WebhookUrlRefused
from services.notify.webhooks.rules.webhook_addresses import is_reachable, judged_url

REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "100.100.100.200", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1",
    "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1", "fd00:ec2::254",
    "not an address", "", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "①②⑦.0.0.1",
]  # fmt: skip
REACHED = [
    "8.8.8.8", "1.1.1.1", "93.184.216.34", "126.255.255.255", "128.0.0.1", "172.15.255.255", "172.32.0.1",
    "169.253.255.255", "169.255.0.1", "100.63.255.255", "100.128.0.1", "192.167.255.255", "198.17.255.255",
    "198.20.0.1", "223.255.255.255", "168.63.129.15", "2001:200::1", "2606:4700::1111", "2a00:1450::1",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_never_connected_to(address: str) -> None:
    assert not is_reachable(address)


@pytest.mark.parametrize("address", REACHED)
def test_public_addresses_are_connected_to(address: str) -> None:
    assert is_reachable(address)


@pytest.mark.parametrize(
    ("address", "reached"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("10.0.0.1", False), ("169.254.169.254", False),
     ("::ffff:127.0.0.1", False), ("0.0.0.0", False)],
)  # fmt: skip
def test_a_demo_adds_loopback_and_nothing_else(address: str, reached: bool) -> None:
    assert is_reachable(address, allow_loopback=True) is reached


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/",
        "example.com/hook", "", "https://", "https:///hook", "https://example.com:8443/", "https://example.com:80/",
        "https://example.com:99999/", "https://user@example.com/", "https://user:pass@example.com/", "https://@example.com/",
        "https://example.com/#part", "https://exa mple.com/", "https://example.com/\r\nX: y", "https://example.com\\@evil/",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/", "https://[fe80::1%25eth0]/", "https://[64:ff9b::7f00:1]/", "https://[::1", "https://例子.中国/",
        "https://①②⑦.0.0.1/", "http://localhost/", "http://127.0.0.1:8080/", "javascript:alert(1)",
        "https://example.com/" + "a" * 2048, "https://a..b/", "https://.example.com/", "https://" + "a" * 64 + ".com/",
        "https://" + ".".join(["a" * 62] * 5) + "/",
    ],
)  # fmt: skip
def test_urls_that_cannot_be_registered(url: str) -> None:
    with pytest.raises(WebhookUrlRefused):
        judged_url(url)


@pytest.mark.parametrize(
    "url",
    ["https://example.com", "https://example.com:443/hook?a=b", "https://8.8.8.8/", "https://xn--fsqu00a.xn--0zwm56d/"],
)
def test_urls_that_can(url: str) -> None:
    assert judged_url(url).port == 443


@pytest.mark.parametrize(
    ("url", "port"), [("http://127.0.0.1:8080/h", 8080), ("http://localhost/", 80), ("https://[::1]/", 443)]
)
def test_a_demo_may_register_receivers_on_this_computer(url: str, port: int) -> None:
    assert judged_url(url, allow_loopback=True).port == port


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "ftp://localhost/",
        "http://169.254.169.254/",
    ],
)
def test_and_only_those(url: str) -> None:
    with pytest.raises(WebhookUrlRefused):
        judged_url(url, allow_loopback=True)


def test_names_that_resolve_oddly_are_left_to_the_judgement_of_their_addresses() -> None:
    assert judged_url("https://2130706433/").host == "2130706433"
    assert judged_url("https://example.com./").host == "example.com."
    assert judged_url("https://" + "a" * 63 + ".com/").host == "a" * 63 + ".com"


def test_the_longest_url_has_2048_characters() -> None:
    url = "https://example.com/".ljust(2048, "x")
    assert judged_url(url).url == url
    with pytest.raises(WebhookUrlRefused):
        judged_url(url + "x")
