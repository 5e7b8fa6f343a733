"""What the ledger shows of itself elsewhere."""

from accounts.options import Option, register_option

GROUP = "问题与申诉"

register_option(
    Option("violations.statement_days", "陈述期限", 2, group=GROUP, unit="工作日", minimum=1, maximum=30)
)
register_option(
    Option("violations.appeal_days", "申诉期限", 5, group=GROUP, unit="工作日", minimum=1, maximum=60)
)
register_option(
    Option("violations.review_days", "复核期限", 3, group=GROUP, unit="工作日", minimum=1, maximum=60)
)
register_option(
    Option("violations.rectify_days", "整改期限", 5, group=GROUP, unit="工作日", minimum=1, maximum=60)
)
