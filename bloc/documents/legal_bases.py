"""What a document rests on, by the day that it bears (Decree 30/2020/NĐ-CP, Annex I: căn cứ ban hành)."""

from collections.abc import Iterable
from datetime import date

from bloc.plan.schema import LegalBasis

NAMED_IN_CAPITALS = (
    "Luật", "Nghị quyết", "Nghị định", "Quyết định", "Thông tư", "Chỉ thị", "Kế hoạch", "Hướng dẫn", "Công văn", "Quy chế",
    "Hiến pháp", "Pháp lệnh", "Thông báo", "Điều lệ", "Kết luận", "Bộ luật",
)  # fmt: skip


def bases_on(bases: Iterable[LegalBasis], day: date) -> tuple[str, ...]:
    """Return the legal bases that hold on ``day``, as a document cites them, in the plan's order."""
    return tuple(_cited(basis.name) for basis in bases if _holds(basis, day))


def _holds(basis: LegalBasis, day: date) -> bool:
    return (basis.since or basis.date) <= day <= (basis.until or date.max)


def _cited(name: str) -> str:
    said = name if name.startswith(NAMED_IN_CAPITALS) else name[:1].lower() + name[1:]
    return f"Căn cứ {said}"
