"""Values of the accounts room."""

from django.db import models


class HallLevel(models.TextChoices):
    """中心层级: where a hall stands in the tree 省 / 市 / 区县 / 乡镇."""

    PROVINCE = "province", "省级中心"
    CITY = "city", "市级中心"
    DISTRICT = "district", "区县中心"
    TOWNSHIP = "township", "乡镇便民服务中心"


class ThrottleScope(models.TextChoices):
    """计数范围: what a row of failed sign-ins counts."""

    PLACE = "place", "账号在一个地址"
    DEVICE = "device", "账号在一台用过的设备"
    ACCOUNT = "account", "账号在所有地址"
    ADDRESS = "address", "一个地址的所有账号"
