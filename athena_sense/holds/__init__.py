"""Holds: positions kept, from when the body comes to balance until it leaves it."""

from athena_sense.holds.balance import Balance, Balanced
from athena_sense.holds.findings import Stance

__all__ = ["Balance", "Balanced", "Stance"]
