"""Weekly issues with their items and readers, and letters to home units."""

from bulletins.models.bulletin import Bulletin, BulletinItem, Instruction, ReadReceipt
from bulletins.models.letter import Letter

__all__ = ["Bulletin", "BulletinItem", "Instruction", "Letter", "ReadReceipt"]
