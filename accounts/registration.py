"""What the accounts room shows of itself in the frame."""

from accounts.models import User
from accounts.options import Option, register_option
from accounts.registry import (
    Found,
    Hits,
    MenuEntry,
    SearchSource,
    menu_for,
    register_menu,
    register_search,
)
from accounts.roles import ROLE_CHOICES, ROLES
from accounts.searching import hits, list_of
from accounts.services import sessions, throttle
from accounts.tidying import register_tidying

OFFICE = ("manager", "officer", "leader")
SIGN_IN = "登录与密码"


def _days(key: str, label: str, default: int, maximum: int, help_: str, unit: str = "天") -> None:
    register_option(
        Option(key, label, default, group=SIGN_IN, unit=unit, help=help_, minimum=0, maximum=maximum)
    )


register_option(
    Option(
        "accounts.idle_minutes",
        "闲置多久退出登录",
        30,
        group=SIGN_IN,
        unit="分钟",
        help="分钟。页面自动刷新不算使用。在多个大厅有角色的人按最短的算",
        minimum=5,
        maximum=480,
    )
)
_days("accounts.phone_days", "记住的手机多久不用要重新登录", 7, 30, "天。填 0 不允许记住手机")
_days("accounts.password_history", "新密码不能是最近几次用过的", 5, 24, "次", unit="次")
_days("accounts.password_days", "密码多久要换", 0, 365, "天。填 0 不要求定期更换")
_days("accounts.password_admin_days", "系统管理员的密码多久要换", 90, 365, "天。填 0 不要求定期更换")
_days("accounts.password_warn_days", "密码到期前几天提醒", 7, 30, "天")
register_option(
    Option(
        "accounts.second_factor_roles",
        "必须用两步验证的角色",
        [],
        kind="choices",
        group=SIGN_IN,
        help="这些角色的人下次打开页面时，先设置好两步验证才能继续",
        choices=tuple(ROLE_CHOICES),
    )
)
register_tidying("sign-in counts", throttle.purge)
register_tidying("ended sessions", sessions.purge)
register_menu(
    MenuEntry(
        "today",
        "今日",
        "/today/",
        "home",
        "日常",
        10,
        ("record.read_all",),
        roles=OFFICE,
        tab=1,
        tab_roles=OFFICE,
    ),
    MenuEntry(
        "me",
        "我的得分",
        "/me/",
        "home",
        "我的",
        1,
        ("record.read_own",),
        tab=1,
        tab_label="得分",
        tab_roles=("clerk",),
    ),
    MenuEntry(
        "window",
        "本窗口",
        "/window/",
        "building",
        "我的",
        0,
        ("record.read_window",),
        tab=1,
        tab_label="窗口",
        tab_roles=("head",),
    ),
    MenuEntry(
        "unit",
        "本单位",
        "/unit/",
        "building",
        "我的",
        0,
        ("record.read_unit",),
        tab=1,
        tab_label="窗口",
        tab_roles=("unit",),
    ),
    MenuEntry(
        "settings",
        "设置",
        "/settings/",
        "settings",
        "设置",
        90,
        ("hall.settings", "windows.edit"),
        tab=1,
        tab_roles=("admin",),
    ),
    MenuEntry(
        "accounts",
        "账号权限",
        "/settings/accounts/",
        "people",
        "设置",
        91,
        ("accounts.edit",),
        tab=2,
        tab_label="账号",
        tab_roles=("admin",),
    ),
    MenuEntry("hall_options", "期限与参数", "/settings/hall/", "sheet", "设置", 92, ("hall.settings",)),
    MenuEntry("tokens", "接口令牌", "/profile/tokens/", "key", "设置", 97, ("tokens.edit",)),
)


def find_pages(user: User, words: str, limit: int) -> Hits:
    """Pages of the menu by their names; no query."""
    entries = menu_for(user, user.home_hall)
    found = {e.url: Found(e.label, e.group, e.url) for e in entries if words.casefold() in e.label.casefold()}
    return Hits(list(found.values())[:limit], len(found))


def find_accounts(user: User, words: str, limit: int) -> Hits:
    """Accounts by name or person, those the searcher keeps."""
    rows = User.objects.visible_to(user).matching(words).order_by("username")
    return hits(rows, limit, lambda u: Found(u.name, f"账号 {u.username}", f"/settings/accounts/{u.pk}/"))


ANYONE = tuple(dict.fromkeys(p for role in ROLES.values() for p in role.permissions))
register_search(SearchSource("pages", "页面", ANYONE, find_pages, order=90))
register_search(
    SearchSource(
        "accounts",
        "账号",
        ("accounts.edit",),
        find_accounts,
        more=list_of("/settings/accounts/"),
        order=80,
    )
)
