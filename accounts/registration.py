"""What the accounts room shows of itself in the frame."""

from accounts.registry import MenuEntry, register_menu

OFFICE = ("manager", "officer", "leader")
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
    MenuEntry("settings", "设置", "/settings/", "settings", "设置", 90, ("hall.settings", "windows.edit")),
    MenuEntry("accounts", "账号权限", "/settings/accounts/", "people", "设置", 91, ("accounts.edit",)),
    MenuEntry("hall_options", "期限与参数", "/settings/hall/", "sheet", "设置", 92, ("hall.settings",)),
    MenuEntry("tokens", "接口令牌", "/profile/tokens/", "key", "设置", 97, ("tokens.edit",)),
)
