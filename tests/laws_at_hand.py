"""Every law of lib.laws with its usual arguments: a new one is tested without being named."""
from lib.laws import Law


def usual_laws() -> list[Law]:
    """One of each law."""
    return [kind() for kind in Law.__subclasses__()]


def with_usual(*more: Law) -> list[Law]:
    """The usual laws and more of them, each once."""
    return list(dict.fromkeys([*usual_laws(), *more]))
