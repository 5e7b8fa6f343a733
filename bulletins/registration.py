"""What the bulletins room shows of itself elsewhere."""

from accounts.options import Option, register_option

GROUP = "通报与文书"

for option in (
    Option("bulletins.masthead", "通报报头", "大厅巡查周通报", kind="str", group=GROUP),
    Option("bulletins.office", "承办科室", "督查科", kind="str", group=GROUP),
    Option("bulletins.copy_to", "抄送", "各派驻单位", kind="str", group=GROUP),
    Option(
        "bulletins.agency_code",
        "机关代字",
        "",
        kind="str",
        group=GROUP,
        help="印在反馈函文号前面，例如 青政服函〔2026〕17号",
    ),
    Option("bulletins.reply_days", "回函期限", 10, group=GROUP, unit="工作日", minimum=1, maximum=60),
):
    register_option(option)
