"""Values of the accounts room."""

from django.db import models


class HallLevel(models.TextChoices):
    """中心层级: where a hall stands in the tree 省 / 市 / 区县 / 乡镇."""

    PROVINCE = "province", "省级中心"
    CITY = "city", "市级中心"
    DISTRICT = "district", "区县中心"
    TOWNSHIP = "township", "乡镇便民服务中心"
