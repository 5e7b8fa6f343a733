"""What complaints show of themselves elsewhere."""

from accounts.registry import MenuEntry, register_menu

register_menu(
    MenuEntry("voice", "评价与投诉", "/voice/", "chat", "群众", 50, ("voice.read_all",)),
)
