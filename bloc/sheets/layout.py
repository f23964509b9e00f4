"""What the writer and the reader of the score workbook agree on: its sheets, its fixed words, the marks in its hidden sheet.

The workbook is a Vietnamese form whatever language its reader has chosen, so its words are not translated.
"""

import unicodedata
from enum import StrEnum


class Sheet(StrEnum):
    """The sheets of the workbook, in order, by the names on their tabs."""

    FAULTS = "Lỗi cần sửa"  # in a marked copy alone
    GUIDE = "Hướng dẫn"
    SELF = "Tự chấm"
    CROSS = "Chấm chéo"
    RECORD = "Chấp hành thời hạn"  # where a criterion is linked to punctuality
    MARKS = "_bloc"


class Note(StrEnum):
    """What a unit may write beside its self-score of a criterion, by the heads of the columns."""

    EVIDENCE = "Minh chứng"
    EXPLANATION = "Giải trình"


class Word(StrEnum):
    """The fixed words of the form."""

    STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    MOTTO = "Độc lập - Tự do - Hạnh phúc"
    TITLE = "BẢNG CHẤM ĐIỂM THI ĐUA NĂM {year}"
    SELF_TITLE = "BẢNG TỰ CHẤM ĐIỂM THI ĐUA NĂM {year}"
    CROSS_TITLE = "BẢNG CHẤM ĐIỂM CHÉO THI ĐUA NĂM {year}"
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
    LEFT = "Còn {count} ô chưa chấm"
    NONE_LEFT = "Đã điền đủ {count} ô; ô tô đỏ là chưa hợp lệ"
    DAY_SIGNED = "…………, ngày …… tháng …… năm {year}"
    SIGNED_BY = "THỦ TRƯỞNG ĐƠN VỊ"
    SIGN_HERE = "(Ký tên, đóng dấu)"


class Guide(StrEnum):
    """The words of the cover."""

    UNIT = "Đơn vị chấm điểm"
    LAST_DAY = "Thời hạn gửi"
    UNTIL = "Đến hết {day}"
    UNDATED = "Theo thông báo của Trưởng khối"
    SENDER = "Gửi về"
    EXTENT = "Phạm vi chấm điểm"
    SCOPE = "{criteria} tiêu chí; tự chấm cho đơn vị mình và chấm chéo cho {others} đơn vị: {cells} ô điểm"
    PROGRESS = "Trang “{page}”"
    STEPS = "CÁCH THỰC HIỆN"


STEPS = (
    "1. Nhập điểm vào các ô nền vàng: trang “Tự chấm” cho đơn vị mình, kèm minh chứng và giải trình; trang “Chấm chéo” cho "
    "từng đơn vị còn lại, mỗi đơn vị một cột.",
    "2. Mọi ô điểm đều phải có điểm, kể cả điểm 0. Điểm là bội số của {step}, phần thập phân viết sau dấu phẩy; điểm trừ "
    "nhập số âm.",
    "3. Ô chuyển sang màu đỏ là ô có điểm không hợp lệ: đề nghị sửa trước khi gửi. Dòng chữ đỏ đầu mỗi trang cho biết còn "
    "bao nhiêu ô chưa chấm.",
    "4. Điểm nhóm và tổng điểm được tính tự động. Không đổi mã số tiêu chí, tên đơn vị và tên các trang.",
    "5. Lưu tệp ở định dạng .xlsx, không đặt mật khẩu, rồi gửi tệp về nơi nhận nêu trên, đúng thời hạn.",
)


class Recorded(StrEnum):
    """The words of the sheet that shows how units kept their deadlines."""

    TITLE = "TÌNH HÌNH CHẤP HÀNH THỜI HẠN GỬI BÁO CÁO, BẢNG CHẤM ĐIỂM NĂM {year}"
    HOW = (
        "Số liệu ghi nhận đến {moment}, để tham khảo khi chấm các tiêu chí dưới đây; điểm do đơn vị chấm tự quyết định và tự "
        "nhập vào trang “Tự chấm”, “Chấm chéo”."
    )
    UNIT = "Đơn vị"
    ACTIVITY = "Nội dung phải gửi"
    DEADLINE = "Thời hạn"
    RECEIVED = "Thời điểm nhận"
    STATE = "Kết quả"
    WHY = "Lý do gia hạn, miễn"


class Faulty(StrEnum):
    """The words of the list of faults in a marked copy."""

    TITLE = "CÁC ĐIỂM CẦN SỬA TRONG BẢNG CHẤM ĐIỂM"
    HOW = (
        "Bản này giữ nguyên điểm, minh chứng và giải trình đọc được từ tệp đã gửi. Đề nghị sửa các ô được tô màu theo danh "
        "sách dưới đây (bấm vào vị trí để đến ô cần sửa; ô đã sửa đúng chuyển sang màu xanh), lưu lại và gửi chính tệp này."
    )
    NUMBER = "TT"
    PLACE = "Vị trí"
    CRITERION = "Tiêu chí"
    UNIT = "Đơn vị được chấm"
    WHAT = "Nội dung cần sửa"
    WHOLE = "Cả tệp đã gửi"


class Mark(StrEnum):
    """The keys in the first column of the hidden sheet; their values stand in the second."""

    CYCLE = "cycle"
    YEAR = "year"
    UNIT = "unit"
    UNIT_NAME = "unit_name"
    DIGEST = "digest"
    CRITERIA = "criteria"  # digest of them alone
    MEMBER = "member"  # once a unit; its name stands in the third column


BLANKS = "\u200b\u2060\ufeff"  # signs without width and without effect


def plain(value: object) -> str:
    """Return a cell's content as comparable text: NFC, as Word and macOS write NFD, without the blanks around it."""
    text = "" if value is None else str(value)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        for blank in BLANKS:
            text = text.replace(blank, "")
    return text.strip()
