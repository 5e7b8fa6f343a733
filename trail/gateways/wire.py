"""出口 the wire: one POST to an address somebody typed in, and nothing it could be abused for.

Guards against requests forged into our own network (SSRF): https only, no sign-in in the address, and
every address the host resolves to must be public. The connection goes to the very address that was
checked (so the name cannot be pointed elsewhere in between), no redirect is followed, no proxy of
the environment is asked, and only the first bytes of the answer are read. `OUTBOX_ALLOWED` (host
names and networks) opens a hall's own intranet: what stands there may also be plain http.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TIMEOUT = 8
"""Seconds for each of connecting, sending and the answer."""
MOST_READ = 2048
"""Bytes of the answer that are looked at."""
TRANSLATED = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "2002::/16", "2001::/32"))
"""Networks whose addresses carry another address inside."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class WireRefused(Exception):
    """The address must not be called; trying again will not help."""


class WireFailed(Exception):
    """Nobody answered; it may work later."""


@dataclass(frozen=True)
class Reply:
    """What was answered: the status, the head of the body as text, and when to come again."""

    code: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def retry_after(self) -> int | None:
        """Seconds the other side asks us to wait."""
        asked = self.headers.get("retry-after", "")
        return int(asked) if asked.isdecimal() else None


def post(url: str, body: bytes, headers: dict[str, str]) -> Reply:
    """POST once. Raises WireRefused for an address that must not be called, WireFailed for no answer."""
    place = checked(url)
    host, port = place.hostname or "", port_of(place)
    address = resolved(host, port, is_plain=place.scheme == "http")
    connection = _connection(place.scheme, host, port, address)
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    try:
        connection.request("POST", target, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read(MOST_READ).decode("utf-8", "replace")
        return Reply(answer.status, text, {name.lower(): value for name, value in answer.getheaders()})
    except (OSError, http.client.HTTPException) as error:
        raise WireFailed(f"{type(error).__name__}：没有得到应答") from error
    finally:
        connection.close()


def checked(url: str) -> SplitResult:
    """The parts of an address that may be kept at all. Raises WireRefused with the reason in words."""
    try:
        place = urlsplit(url)
        port = place.port
    except ValueError:
        raise WireRefused("地址写得不对。") from None
    if any(ord(char) <= 32 for char in url) or not place.hostname:
        raise WireRefused("地址写得不对。")
    if place.username is not None or place.password is not None:
        raise WireRefused("地址里不能带账号和密码。")
    if place.scheme not in ("https", "http"):
        raise WireRefused("地址要以 https:// 开头。")
    if place.scheme == "http" and not _may_be_plain(place.hostname):
        raise WireRefused("外网地址必须是 https。")
    if port == 0:
        raise WireRefused("端口写得不对。")
    return place


def resolved(host: str, port: int, *, is_plain: bool = False) -> Address:
    """One address of the host, all of which may be called. Raises WireRefused or WireFailed."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WireFailed("找不到这个主机。") from error
    addresses = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows]
    for address in addresses:
        if not may_call(address, host, is_plain=is_plain):
            raise WireRefused(
                f"{host} 指向内部网络，没有发送。要发到内网，请部署人员在 OUTBOX_ALLOWED 里写明。"
            )
    if not addresses:
        raise WireFailed("找不到这个主机。")
    return addresses[0]


def may_call(address: Address, host: str = "", *, is_plain: bool = False) -> bool:
    """Whether a socket may be opened to it: allowed by the deployment, or public and not plain http."""
    if host.lower() in _allowed_hosts():
        return True
    plain = _unwrapped(address)
    if any(plain.version == net.version and plain in net for net in _allowed_networks()):
        return True
    if is_plain or any(plain.version == net.version and plain in net for net in TRANSLATED):
        return False
    return plain.is_global and not plain.is_multicast


def port_of(place: SplitResult) -> int:
    """The port of the address."""
    return place.port or (443 if place.scheme == "https" else 80)


def _unwrapped(address: Address) -> Address:
    """An IPv4 address that came dressed as IPv6."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _may_be_plain(host: str) -> bool:
    """Plain http is for places the deployment named; a name is judged again once it is resolved."""
    if host.lower() in _allowed_hosts():
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(_allowed_networks())
    return may_call(address, host, is_plain=True)


def _allowed_hosts() -> set[str]:
    return {text.lower() for text in settings.OUTBOX_ALLOWED if not _network(text)}


def _allowed_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [net for text in settings.OUTBOX_ALLOWED if (net := _network(text))]


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _connection(scheme: str, host: str, port: int, address: Address) -> http.client.HTTPConnection:
    """A connection whose socket goes to the address that was checked, under the host's own name."""
    kind = _PinnedHTTPS if scheme == "https" else _PinnedHTTP
    return kind(host, port, str(address))


class _PinnedHTTP(http.client.HTTPConnection):
    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _PinnedHTTPS(_PinnedHTTP):
    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
