"""What the writer and the reader of the score workbook agree on: its sheets, its fixed words, the marks in its hidden sheet.

The workbook is a Vietnamese form whatever language its reader has chosen, so its words are not translated.
"""

import unicodedata
from enum import StrEnum


class Sheet(StrEnum):
    """The sheets of the workbook, in order, by the names on their tabs."""

    GUIDE = "Hướng dẫn"
    SELF = "Tự chấm"
    CROSS = "Chấm chéo"
    MARKS = "_bloc"


class Word(StrEnum):
    """The fixed words of the form."""

    TITLE = "BẢNG CHẤM ĐIỂM THI ĐUA NĂM {year}"
    SELF_TITLE = "BẢNG TỰ CHẤM ĐIỂM THI ĐUA NĂM {year}"
    CROSS_TITLE = "BẢNG CHẤM ĐIỂM CHÉO THI ĐUA NĂM {year}"
    SCORER = "Đơn vị chấm điểm: {unit}"
    CODE = "Mã số"
    CRITERION = "Nội dung tiêu chí"
    MINIMUM = "Điểm tối thiểu"
    MAXIMUM = "Điểm tối đa"
    SELF_POINTS = "Điểm tự chấm"
    UNIT_CODE = "Mã đơn vị"
    TOTAL = "TỔNG CỘNG"
    PAGE = '&"Times New Roman,Regular"&11Trang &P/&N'
    RANGE = "Điểm từ {minimum} đến {maximum}; là bội số của {step}."
    RANGE_TITLE = "Điểm không hợp lệ"


GUIDE = (
    "1. Chỉ nhập điểm vào các ô nền vàng tại hai trang “Tự chấm” và “Chấm chéo”. Các ô khác đã được khóa.",
    "2. Trang “Tự chấm”: đơn vị tự chấm điểm cho đơn vị mình theo từng tiêu chí.",
    "3. Trang “Chấm chéo”: đơn vị chấm điểm cho từng đơn vị còn lại trong Khối; mỗi đơn vị một cột.",
    "4. Mọi ô nền vàng đều phải có điểm, kể cả điểm 0. Điểm là bội số của {step}; phần thập phân viết sau dấu phẩy.",
    "5. Điểm nằm trong khoảng từ điểm tối thiểu đến điểm tối đa của tiêu chí. Điểm trừ nhập số âm.",
    "6. Điểm nhóm và điểm tổng cộng được tính tự động. Không đổi mã số tiêu chí, mã đơn vị và tên các trang.",
    "7. Lưu tệp ở định dạng .xlsx, không đặt mật khẩu, rồi gửi lại đúng thời hạn.",
)


class Mark(StrEnum):
    """The keys in the first column of the hidden sheet; their values stand in the second."""

    CYCLE = "cycle"
    YEAR = "year"
    UNIT = "unit"
    UNIT_NAME = "unit_name"
    DIGEST = "digest"
    MEMBER = "member"  # once a unit; its name stands in the third column


def plain(value: object) -> str:
    """Return a cell's content as comparable text: NFC, as Word and macOS write NFD, without the blanks around it."""
    text = "" if value is None else str(value)
    return unicodedata.normalize("NFC", text).replace("\u200b", "").replace("\ufeff", "").strip()
