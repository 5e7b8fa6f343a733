"""Rounds with what was seen in them, and the other inlets of the floor; one module an idea."""

from patrols.models.rounds import Finding, FindingPhoto, Round, Visit

__all__ = ["Finding", "FindingPhoto", "Round", "Visit"]
