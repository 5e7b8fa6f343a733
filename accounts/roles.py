"""角色 roles: what each kind of person in a hall may do, as classes one can read aloud.

A role is given per hall by a `RoleGrant`. A page shows `name` and `description`; code asks
`user.can("record.confirm", hall)`. Roles of a hall's office also cover the halls below it
(`covers_subtree`), roles of a window or a unit do not.
"""


class Role:
    """角色: base of all roles; `permissions` is the complete list of what it may do."""

    code = ""
    name = ""
    description = ""
    landing = "/today/"
    covers_subtree = False
    permissions: tuple[str, ...] = ()


EVERYONE = (
    "hall.read",
    "roster.read",
    "rules.read",
    "assess.read",
    "bulletin.read",
    "honour.read",
)
"""What every role that belongs to the hall may read; the covert inspector is not among them."""

READS_ALL = (
    "people.read",
    "record.read_all",
    "patrol.read",
    "rectify.read_all",
    "bulletin.read_drafts",
    "letter.read_all",
    "sheet.read_all",
    "attendance.read_all",
    "leave.read_all",
    "voice.read_all",
    "jobs.read",
    "duty.read",
    "patrol.coverage",
)
"""Reading all of the hall: the office, the leader and the supervision office."""


class Admin(Role):
    """系统管理员: keeps settings, people, rulebooks, devices and tokens; passes no judgement."""

    code = "admin"
    name = "系统管理员"
    description = "维护设置、人员、考核细则、设备和接口令牌；不参与认定和考核。"
    landing = "/settings/"
    covers_subtree = True
    permissions = (
        *EVERYONE,
        "people.read",
        "people.edit",
        "windows.edit",
        "calendar.edit",
        "accounts.edit",
        "hall.settings",
        "rules.edit",
        "tokens.edit",
        "imports.run",
        "jobs.read",
        "jobs.run",
        "audit.read",
        "duty.read",
        "duty.edit",
    )


class Manager(Role):
    """大厅管理员（督查科）: decides on findings, drafts bulletins, confirms and publishes months."""

    code = "manager"
    name = "大厅管理员"
    description = "督查科：认定问题、起草通报并送签、计算和发布月度考核、督办整改和反馈函。"
    covers_subtree = True
    permissions = (
        *EVERYONE,
        *READS_ALL,
        "people.edit",
        "windows.edit",
        "calendar.edit",
        "imports.run",
        "patrol.walk",
        "record.find",
        "record.confirm",
        "record.withdraw",
        "appeal.review",
        "rectify.check",
        "phrases.edit",
        "bulletin.draft",
        "letter.draft",
        "assess.score",
        "assess.publish",
        "jobs.run",
        "attendance.verify",
        "leave.approve",
        "voice.handle",
        "photo.mask",
        "photo.original",
        "duty.edit",
        "duty.swap",
    )


class Officer(Role):
    """值班员: walks the hall, logs findings, takes complaints on the spot, proposes."""

    code = "officer"
    name = "值班员"
    description = "按轮次巡查大厅，记录问题和表扬，现场受理投诉，复查整改。"
    permissions = (
        *EVERYONE,
        "people.read",
        "record.read_all",
        "patrol.read",
        "patrol.walk",
        "record.find",
        "record.withdraw",
        "rectify.read_all",
        "rectify.check",
        "attendance.read_all",
        "leave.read_all",
        "voice.read_all",
        "voice.take",
        "duty.read",
        "duty.swap",
    )


class Head(Role):
    """窗口负责人 / 首席代表: own window's people, rectification, nomination, first step of leave."""

    code = "head"
    name = "窗口负责人"
    description = "首席代表：管本窗口的人员、整改、推荐和请假初审，也有窗口人员的全部功能。"
    landing = "/window/"
    permissions = (
        *EVERYONE,
        "record.read_own",
        "record.read_window",
        "record.answer",
        "appeal.file",
        "rectify.read_window",
        "rectify.answer",
        "sheet.read_own",
        "sheet.read_window",
        "attendance.read_own",
        "leave.ask",
        "leave.first_step",
        "bulletin.sign_read",
    )


class Clerk(Role):
    """窗口人员: own records, score, attendance, leave and self-evaluation."""

    code = "clerk"
    name = "窗口人员"
    description = "看自己的得分、扣分证据和考勤，陈述和申诉，请假，自评。"
    landing = "/me/"
    permissions = (
        *EVERYONE,
        "record.read_own",
        "record.answer",
        "appeal.file",
        "sheet.read_own",
        "attendance.read_own",
        "leave.ask",
    )


class Leader(Role):
    """领导: reads all of the hall, signs bulletins and letters, instructs, reviews appeals."""

    code = "leader"
    name = "领导"
    description = "看全大厅的情况，签发通报和反馈函，批示，复核申诉，带班巡查。"
    covers_subtree = True
    permissions = (
        *EVERYONE,
        *READS_ALL,
        "patrol.walk",
        "record.find",
        "record.withdraw",
        "appeal.review",
        "bulletin.sign",
        "bulletin.instruct",
        "bulletin.sign_read",
        "letter.sign",
        "leave.approve",
        "duty.swap",
    )


class Supervisor(Role):
    """纪检监察: reads everything; writes only covert tasks and logged identity openings."""

    code = "supervisor"
    name = "纪检监察"
    description = "查阅全部记录和操作留痕；只能派发暗访任务、登记身份查看，不改动任何结论。"
    landing = "/audit/"
    covers_subtree = True
    permissions = (*EVERYONE, *READS_ALL, "audit.read", "covert.assign", "photo.original")


class Inspector(Role):
    """义务监督员（暗访）: sees own secret tasks and nothing else."""

    code = "inspector"
    name = "义务监督员"
    description = "只看到派给自己的暗访任务。"
    landing = "/t/"
    permissions = ("covert.own",)


class Unit(Role):
    """派驻单位联系人: own people and windows: results, letters, replies, leave by chain."""

    code = "unit"
    name = "派驻单位联系人"
    description = "看本单位派驻人员和窗口的结果，收反馈函并回复，按审批链批假。"
    landing = "/unit/"
    permissions = (
        *EVERYONE,
        "record.read_unit",
        "rectify.read_unit",
        "letter.read_unit",
        "letter.reply",
        "sheet.read_unit",
        "attendance.read_unit",
        "leave.unit_step",
        "duty.read_unit",
    )


ROLES: dict[str, type[Role]] = {
    role.code: role for role in (Admin, Manager, Officer, Head, Clerk, Leader, Supervisor, Inspector, Unit)
}
ROLE_CHOICES = [(role.code, role.name) for role in ROLES.values()]


def holders_of(permission: str) -> list[type[Role]]:
    """The roles that may do `permission`, for a 403 page that says who may."""
    return [role for role in ROLES.values() if permission in role.permissions]
