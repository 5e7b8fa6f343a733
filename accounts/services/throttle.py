"""登录保护 throttle: who guesses passwords is stopped, who owns the account is not.

Four counts, claimed before the secret is looked at, so that parallel guesses do not slip through:

- an account at one address: five failures lock it there for thirty minutes;
- an account on a device on which it has signed in before: the same, apart from all addresses;
- an account everywhere: from the twentieth failure within a day each further attempt from an unknown
  device waits, one minute at first, fifteen at most: about a hundred guesses a day from all the world;
- an address: a hundred failures of whatever accounts close it for thirty minutes to unknown devices.

On a known device only its own count is asked. Names that are no account share 4,096 counts, refused
attempts write nothing, and old rows are purged, so the table has an upper bound.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.addresses import address_group
from accounts.devices import Device
from accounts.enums import ThrottleScope
from accounts.errors import Refused
from accounts.models import SignInThrottle, User
from accounts.services import trace
from accounts.words import span_words

log = structlog.get_logger(__name__)
LIMIT = 5
LOCKED_FOR = WINDOW = timedelta(minutes=30)
SLOW_AFTER, SLOW_MOST, REMEMBERED_FOR = 20, timedelta(minutes=15), timedelta(days=1)
ADDRESS_LIMIT = 100
BUCKETS = 4096
MOST_ROWS = 50_000
PURGE_EVERY = 500
JOB = "sign_in"
SLOWED = range(SLOW_AFTER, 1_000_000, 100)
"""At which failures of an account in all places an audit row is written: not one a guess."""


class Blocked(Refused):
    """Too many failures; `retry_after` seconds until the next attempt is looked at."""

    status = 429
    code = "sign_in_blocked"

    def __init__(self, scope: str, until: datetime) -> None:
        left = max(until - timezone.now(), timedelta(seconds=1))
        self.scope, self.retry_after = scope, int(left.total_seconds()) + 1
        super().__init__(WORDS[scope].format(left=span_words(left + timedelta(seconds=59))))


WORDS: dict[str, str] = {
    ThrottleScope.PLACE: "连续输错 5 次，这个账号在这里已锁定，还要等 {left}。急用请找系统管理员解锁。",
    ThrottleScope.DEVICE: (
        "连续输错 5 次，这个账号在这台设备上已锁定，还要等 {left}。急用请找系统管理员解锁。"
    ),
    ThrottleScope.ACCOUNT: (
        "有人在反复猜这个账号的密码，没登录过的设备要等 {left} 才能再试；在平时用的电脑或手机上登录不受影响。"
    ),
    ThrottleScope.ADDRESS: "这个网络地址输错的次数太多，还要等 {left}；在平时用的电脑或手机上登录不受影响。",
}


@dataclass
class Attempt:
    """Somebody shows a secret: `kind` is which ("password", "code" …), `name` whose, as typed."""

    kind: str
    name: str
    address: str
    device: Device = field(default_factory=Device)
    user: User | None = None

    @property
    def is_known(self) -> bool:
        """Whether the account has signed in on this device before."""
        return self.device.knows(self.user)

    def keys(self) -> dict[str, str]:
        """The key of each count this attempt falls under."""
        place = address_group(self.address)
        who = f"#{self.user.pk}" if self.user else f"~{_bucket(self.name)}"
        keys = {
            ThrottleScope.PLACE: f"{who} {place}",
            ThrottleScope.ACCOUNT: who,
            ThrottleScope.ADDRESS: place,
        }
        if self.is_known:
            keys[ThrottleScope.DEVICE] = f"{who} {self.device.name}"
        return {scope: _hashed(f"{self.kind} {scope} {key}") for scope, key in keys.items()}

    def asks(self) -> tuple[str, ...]:
        """The counts that may refuse it."""
        if self.is_known:
            return (ThrottleScope.DEVICE,)
        return (ThrottleScope.PLACE, ThrottleScope.ACCOUNT, ThrottleScope.ADDRESS)


def attempt(*, kind: str, name: str, address: str, device: Device | None = None) -> Attempt:
    """The attempt of whoever typed `name`, which may be no account at all."""
    user = User.objects.filter(username=name.strip()).first()
    return Attempt(kind, name.strip(), address, device or Device(), user)


def claim(tried: Attempt) -> None:
    """Count the attempt as a failure until `succeed` says otherwise; raises Blocked when it must wait."""
    keys = tried.keys()
    check(tried)  # before any row is written or locked
    with transaction.atomic():
        _make_missing(tried, keys)
        rows = _rows(keys, locked=True)
        _refuse_blocked(tried, rows)
        for row in rows.values():
            _count(row)
            row.save(update_fields=["failures", "failed_at", "blocked_until"])


@transaction.atomic
def succeed(tried: Attempt) -> int:
    """The secret was right: the own count begins anew; returns how many failures came before it."""
    rows = _rows(tried.keys(), locked=True)
    own = rows.pop(ThrottleScope.DEVICE if tried.is_known else ThrottleScope.PLACE, None)
    for row in rows.values():
        row.failures = max(row.failures - 1, 0)
        row.blocked_until = None if _is_last_straw(row) else row.blocked_until
        row.save(update_fields=["failures", "blocked_until"])
    if own is None:
        return 0
    own.delete()
    return max(own.failures - 1, 0)


@transaction.atomic
def fail(tried: Attempt) -> None:
    """The secret was wrong: tell the audit when that closed something, once and not for each guess."""
    for scope, row in _rows(tried.keys()).items():
        if scope in (ThrottleScope.PLACE, ThrottleScope.DEVICE) and row.failures == LIMIT:
            _tell(tried, "sign_in.locked", row)
        elif scope == ThrottleScope.ACCOUNT and row.failures in SLOWED:
            _tell(tried, "sign_in.slowed", row)
        elif scope == ThrottleScope.ADDRESS and row.failures == ADDRESS_LIMIT:
            log.warning("sign_in_address_blocked", failures=row.failures)


def check(tried: Attempt) -> None:
    """Raises Blocked when such an attempt would be refused now; counts nothing."""
    _refuse_blocked(tried, _rows(tried.keys()))


def forget(user: User) -> tuple[int, int]:
    """Forget the failures of an account everywhere; how many counts there were, and how many blocked."""
    rows = SignInThrottle.objects.of_person(user)
    blocking = rows.blocking().count()
    gone, _ = rows.delete()
    return gone, blocking


def purge() -> int:
    """Throw away counts that no longer mean anything, and the oldest beyond the table's bound."""
    now = timezone.now()
    over = SignInThrottle.objects.filter(failed_at__lt=now - REMEMBERED_FOR).exclude(blocked_until__gt=now)
    gone, _ = over.delete()
    others = SignInThrottle.objects.exclude(scope=ThrottleScope.ACCOUNT)
    oldest_kept = others.order_by("-failed_at", "-pk").values_list("pk", "failed_at")[MOST_ROWS:][:1]
    for _, failed_at in oldest_kept:
        more, _ = others.filter(failed_at__lte=failed_at).delete()
        gone += more
    return gone


def _rows(keys: dict[str, str], *, locked: bool = False) -> dict[str, SignInThrottle]:
    rows = SignInThrottle.objects.filter(key__in=keys.values()).order_by("pk")
    return {row.scope: row for row in (rows.select_for_update() if locked else rows)}


def _make_missing(tried: Attempt, keys: dict[str, str]) -> None:
    there = _rows(keys)
    made = SignInThrottle.objects.bulk_create(
        [
            SignInThrottle(
                scope=scope,
                key=key,
                user=None if scope == ThrottleScope.ADDRESS else tried.user,
                address="" if scope == ThrottleScope.ACCOUNT else tried.address,
            )
            for scope, key in keys.items()
            if scope not in there
        ],
        ignore_conflicts=True,
    )
    if made:
        newest = SignInThrottle.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if newest % PURGE_EVERY < len(made):
            purge()


def _refuse_blocked(tried: Attempt, rows: dict[str, SignInThrottle]) -> None:
    for scope in tried.asks():
        row = rows.get(scope)
        if row is not None and row.blocked_until is not None and row.is_blocked:
            raise Blocked(scope, row.blocked_until)


def _count(row: SignInThrottle) -> None:
    now = timezone.now()
    is_account = row.scope == ThrottleScope.ACCOUNT
    is_over = not is_account and row.blocked_until is not None and row.blocked_until <= now
    if is_over or row.failed_at < now - (REMEMBERED_FOR if is_account else WINDOW):
        row.failures, row.blocked_until = 0, None
    row.failures += 1
    row.failed_at = now
    if is_account:
        row.blocked_until = now + _pause(row.failures) if row.failures >= SLOW_AFTER else None
    elif row.failures >= _limit(row.scope):
        row.blocked_until = now + LOCKED_FOR


def _pause(failures: int) -> timedelta:
    return min(timedelta(minutes=2 ** min(failures - SLOW_AFTER, 6)), SLOW_MOST)


def _limit(scope: str) -> int:
    return ADDRESS_LIMIT if scope == ThrottleScope.ADDRESS else LIMIT


def _is_last_straw(row: SignInThrottle) -> bool:
    """Whether the claim that turned out right was the one that closed the count."""
    if row.scope == ThrottleScope.ACCOUNT:
        return True
    return row.failures + 1 == _limit(row.scope)


def _tell(tried: Attempt, action: str, row: SignInThrottle) -> None:
    log.warning(action, kind=tried.kind, failures=row.failures)
    if tried.user is None:
        return
    after = {
        "kind": tried.kind,
        "failures": row.failures,
        "address": tried.address,
        "until": row.blocked_until.isoformat() if row.blocked_until else None,
    }
    hall = tried.user.home_hall
    trace.record(action, target=tried.user, by=trace.robot(JOB), hall=hall, after=after)


def _bucket(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % BUCKETS


def _hashed(words: str) -> str:
    return salted_hmac("accounts.throttle", words, algorithm="sha256").hexdigest()[:32]
