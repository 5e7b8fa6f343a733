"""What attendance shows of itself elsewhere, and the settings a hall may change."""

from accounts.options import Option, register_option
from attendance.services import rules

GROUP = "考勤"

register_option(
    Option(
        rules.CUT,
        "上午下午分界",
        "12:45",
        kind="time",
        group=GROUP,
        help="这一刻之前的打卡算上午，之后算下午。",
    )
)
for key, label, default, words in (
    (rules.LATE_MIDDLE, "迟到较重档起点", 10, "迟到不足这个分钟数为轻微，满这个分钟数为较重。"),
    (rules.LATE_HALF_DAY, "迟到按旷工半天起点", 30, "迟到满这个分钟数按旷工半天计。"),
    (rules.EARLY_MIDDLE, "早退较重档起点", 10, "早退不足这个分钟数为轻微，满这个分钟数为较重。"),
    (rules.EARLY_HALF_DAY, "早退按旷工半天起点", 30, "早退满这个分钟数按旷工半天计。"),
):
    register_option(Option(key, label, default, group=GROUP, unit="分钟", help=words, minimum=1, maximum=240))
register_option(
    Option(
        rules.WAIT,
        "下班后等待",
        60,
        group=GROUP,
        unit="分钟",
        help="半天结束后等这么久再计算，让晚到的打卡先进来。",
        minimum=0,
        maximum=1440,
    )
)
