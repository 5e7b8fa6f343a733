"""Values of the windows room."""

from django.db import models


class Category(models.TextChoices):
    """窗口类别: the three classes windows are ranked in."""

    LAW_ENFORCEMENT = "law_enforcement", "行政执法"
    PUBLIC_SERVICE = "public_service", "公共服务"
    ECONOMIC_SOCIAL = "economic_social", "经济和社会管理"


class StaffEventKind(models.TextChoices):
    """人员变动: what happened to a person's place in the hall."""

    JOINED = "joined", "进驻"
    MOVED = "moved", "调整窗口"
    LEFT = "left", "离开大厅"
    SENT_BACK = "sent_back", "退回派出单位"


class DayKind(models.TextChoices):
    """日历日: what an entry of the calendar says about a day."""

    OFF = "off", "放假"
    MAKE_UP = "make_up", "调休上班"
    LOCAL_OFF = "local_off", "本地停办"
    LOCAL_ON = "local_on", "本地加开"


class YearStatus(models.TextChoices):
    """年度日历状态: whether the State Council's notice for the year is known."""

    PUBLISHED = "published", "已公布"
    PROVISIONAL = "provisional", "暂定（未公布，按周一至周五计）"
