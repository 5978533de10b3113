"""Names of arms, and of those that ``each`` makes of one."""


def belongs(arm: str, asked: str) -> bool:
    """Whether an arm is the one asked for, or one that ``each`` made of it."""
    return arm == asked or arm.startswith(f"{asked}.")
