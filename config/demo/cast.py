"""Who and what the demo hall is made of. All names are invented."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

SURNAMES = (
    "赵钱孙李周吴郑王冯陈卫蒋沈韩杨朱秦许何吕施张孔曹严金魏陶姜谢邹喻柏窦章苏潘葛奚范彭郎鲁韦昌马苗方俞任袁柳"
)
GIVEN = """
敏 静 丽 强 磊 洋 艳 勇 军 杰 娟 涛 明 超 秀兰 霞 平 刚 桂英 文博 雨桐 子涵 欣怡 浩然 梓萱 思远 佳宁 若溪
景行 知夏 云舟 望舒 清越 沐阳 书瑶 嘉树 怀瑾 南星 青禾 晓棠 一诺 安澜 时雨 听松 念慈 立群 志远 春生 秋实
海燕 红梅 建国 国平 永康 学文 德明 兴华 玉兰 凤仪
"""

LAW, SERVICE, ECONOMY = "law_enforcement", "public_service", "economic_social"
DEPARTMENTS = {
    "公安局": LAW,
    "自然资源局": LAW,
    "市场监督管理局": LAW,
    "税务局": LAW,
    "住房和城乡建设局": LAW,
    "交通运输局": LAW,
    "人力资源和社会保障局": ECONOMY,
    "民政局": ECONOMY,
    "卫生健康局": ECONOMY,
    "农业农村局": ECONOMY,
    "医疗保障局": SERVICE,
    "公积金管理部": SERVICE,
    "供电公司": SERVICE,
    "自来水公司": SERVICE,
    "燃气公司": SERVICE,
}
DISTRICT_WINDOWS = [
    # code, name, department, floor, zone
    ("A01", "户政", "公安局", "1楼", "审批服务区"),
    ("A02", "出入境", "公安局", "1楼", "审批服务区"),
    ("A03", "交管业务", "公安局", "1楼", "审批服务区"),
    ("A04", "不动产登记一", "自然资源局", "1楼", "审批服务区"),
    ("A05", "不动产登记二", "自然资源局", "1楼", "审批服务区"),
    ("A06", "规划许可", "自然资源局", "1楼", "审批服务区"),
    ("A07", "企业登记一", "市场监督管理局", "1楼", "审批服务区"),
    ("A08", "企业登记二", "市场监督管理局", "1楼", "审批服务区"),
    ("A09", "食品经营许可", "市场监督管理局", "1楼", "审批服务区"),
    ("A10", "综合办税一", "税务局", "1楼", "审批服务区"),
    ("A11", "综合办税二", "税务局", "1楼", "审批服务区"),
    ("A12", "综合办税三", "税务局", "1楼", "审批服务区"),
    ("A13", "住房建设", "住房和城乡建设局", "1楼", "审批服务区"),
    ("A14", "房产交易", "住房和城乡建设局", "1楼", "审批服务区"),
    ("A15", "道路运输", "交通运输局", "1楼", "审批服务区"),
    ("B01", "社会保险一", "人力资源和社会保障局", "2楼", "便民服务区"),
    ("B02", "社会保险二", "人力资源和社会保障局", "2楼", "便民服务区"),
    ("B03", "就业创业", "人力资源和社会保障局", "2楼", "便民服务区"),
    ("B04", "婚姻登记", "民政局", "2楼", "便民服务区"),
    ("B05", "社会救助", "民政局", "2楼", "便民服务区"),
    ("B06", "卫生许可", "卫生健康局", "2楼", "便民服务区"),
    ("B07", "农业农村", "农业农村局", "2楼", "便民服务区"),
    ("B08", "医疗保障一", "医疗保障局", "2楼", "便民服务区"),
    ("B09", "医疗保障二", "医疗保障局", "2楼", "便民服务区"),
    ("B10", "公积金一", "公积金管理部", "2楼", "便民服务区"),
    ("B11", "公积金二", "公积金管理部", "2楼", "便民服务区"),
    ("B12", "供电", "供电公司", "2楼", "便民服务区"),
    ("B13", "供水", "自来水公司", "2楼", "便民服务区"),
    ("B14", "燃气", "燃气公司", "2楼", "便民服务区"),
]
TOWNSHIP_DEPARTMENTS = {"党群服务办": ECONOMY, "社会事务办": SERVICE, "综合执法办": LAW}
TOWNSHIP_WINDOWS = [
    ("01", "综合受理", "党群服务办"),
    ("02", "社保医保", "社会事务办"),
    ("03", "民政救助", "社会事务办"),
    ("04", "户籍代办", "综合执法办"),
    ("05", "农房审批", "综合执法办"),
]
TOWNSHIPS = [
    ("demo-liulin", "柳林镇便民服务中心", "柳林镇"),
    ("demo-shiqiao", "石桥镇便民服务中心", "石桥镇"),
]
SIZES = [3, 3, 2, 3, 2, 3, 2, 3, 3, 2]
"""How many people sit at a window, in turn."""

ACCOUNTS = [
    # login, role, name, title
    ("admin", "admin", "高洁", "信息科"),
    ("manager", "manager", "周敏", "督查科科长"),
    ("manager2", "manager", "郑平", "督查科副科长"),
    ("officer", "officer", "李航", "督查科"),
    ("officer2", "officer", "丁宁", "督查科"),
    ("leader", "leader", "陈国平", "副主任"),
    ("supervisor", "supervisor", "严正", "派驻纪检监察组"),
    ("inspector", "inspector", "监督员07", ""),
]
PLEDGE = "一次性告知，限时办结，首问负责；不让群众跑第二趟。"


@dataclass(frozen=True)
class Habit:
    """How a person tends to err and to shine; weights, not promises."""

    errs: float
    shines: float


class Names:
    """Invented names without doubles, in a seeded order."""

    def __init__(self, rng: Random) -> None:
        pairs = [f"{surname}{given}" for surname in SURNAMES for given in GIVEN.split()]
        taken = {name for _, _, name, _ in ACCOUNTS}
        self._names = [name for name in pairs if name not in taken]
        rng.shuffle(self._names)

    def next(self) -> str:
        """One more name."""
        return self._names.pop()
