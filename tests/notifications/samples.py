"""One of every message, and of each form that differs to the eye, with what it goes in: for golden files and for looking at."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from fractions import Fraction

from bloc.enums import ActivityKind, ContactRole, Tone
from bloc.errors import Fault
from bloc.language import say
from notifications import messages
from notifications.envelope import Envelope, File
from notifications.messages import About, Draft, Item, Line, Meeting

MOMENT = datetime(2024, 6, 3, 0, 30, tzinfo=UTC)
REPORT, SHEETS = uuid.UUID(int=11), uuid.UUID(int=12)
UNITS = ("Sở Nông nghiệp và Phát triển nông thôn", "Cục Thuế", "Sở Công Thương", "Cục Hải quan")

ABOUT = About(
    bloc_name="Khối thi đua các cơ quan Quản lý kinh tế thành phố",
    year=2024,
    unit=UNITS[0],
    sender="Ban Quản lý Khu kinh tế",
    secretary="Chuyên viên giúp việc Trưởng khối",
    secretary_address="thidua@example.vn",
)
ON_REPORT = replace(
    ABOUT,
    activity="Gửi Báo cáo sơ kết công tác thi đua, khen thưởng 6 tháng đầu năm và nhiệm vụ 6 tháng cuối năm 2024",
    activity_name="Báo cáo sơ kết 6 tháng đầu năm",
    kind=ActivityKind.REPORT,
    last_day=date(2024, 6, 6),
    phrase="trước ngày 07/6/2024",
    obligation=str(REPORT),
)
ON_SHEET = replace(
    ABOUT,
    activity="Gửi bảng tự chấm điểm và chấm điểm chéo năm 2024",
    activity_name="Bảng chấm điểm",
    kind=ActivityKind.SCORE_SHEETS,
    last_day=date(2024, 6, 7),
    phrase="trước ngày 08/6/2024",
    obligation=str(SHEETS),
    moves=1,
)
ON_COMMENTS = replace(
    ABOUT,
    activity="Cho ý kiến về dự thảo Giao ước thi đua năm 2024",
    activity_name="Ý kiến về Giao ước thi đua",
    kind=ActivityKind.CONSULTATION,
    last_day=date(2024, 5, 31),
    obligation=str(uuid.UUID(int=13)),
)
ON_CONFERENCE = replace(
    ABOUT,
    activity="Tổ chức Hội nghị tổng kết phong trào thi đua năm 2024; bình xét danh hiệu thi đua và hình thức khen thưởng",
    activity_name="Hội nghị tổng kết",
    kind=ActivityKind.CONFERENCE,
    last_day=date(2024, 6, 14),
)
MEETING = Meeting(
    date(2024, 6, 14),
    time(8, 30),
    "Hội trường tầng 3, Trung tâm Hội nghị",
    "https://hop.example.vn/khoi-thi-dua",
    ("Báo cáo tổng kết công tác thi đua, khen thưởng", "Bình xét danh hiệu thi đua", "Bầu Trưởng khối, Phó Trưởng khối"),
    "Ban Quản lý Khu kinh tế",
)
ANSWER = str(uuid.UUID(int=15))
FORMER = {"day": "2024-06-07", "start": "14:00", "place": "Hội trường tầng 3, Trung tâm Hội nghị", "link": None}
CALLED = {"about": ON_CONFERENCE, "meeting": MEETING, "attendance": ANSWER}
ENVELOPE = Envelope(
    mail_id=uuid.UUID(int=7),
    identities=("khoi-2024/bao-cao/dv2/reminder-3/2024-06-06/dv2@example.vn",),
    cycle="khoi-2024",
    sender="bloc@example.vn",
    name="Chuyên viên thi đua",
    address="dv2@example.vn",
    moment=MOMENT,
    threads=(REPORT,),
)
READ = replace(ENVELOPE, inbox=f"nop+{REPORT.hex}@example.vn")
TO_SECRETARY = replace(ENVELOPE, name="Chuyên viên giúp việc Trưởng khối", address="thidua@example.vn")
SHEET_FILE = File("Bảng chấm điểm - Sở Nông nghiệp.xlsx", b"xlsx")
FAULTS = [
    Fault("Chấm chéo!D12", say("{points} exceeds the maximum of {maximum}.", points="12", maximum="10")),
    Fault("", say("The workbook contains macros: save it as .xlsx.")),
]
RANKING = [
    Line(
        1, UNITS[1], Fraction(1911, 20), 95_750, Fraction(955, 10), [(UNITS[0], 95_000), (UNITS[2], 96_000), (UNITS[3], 95_500)]
    ),
    Line(
        2,
        UNITS[0],
        Fraction(9254, 100),
        99_000,
        Fraction(9038, 100),
        [(UNITS[1], 90_250), (UNITS[2], 89_750), (UNITS[3], 91_140)],
    ),
    Line(
        2,
        UNITS[2],
        Fraction(9254, 100),
        98_000,
        Fraction(9072, 100),
        [(UNITS[0], 92_500), (UNITS[1], 88_000), (UNITS[3], 91_660)],
    ),
    Line(
        4,
        UNITS[3],
        Fraction(8946, 100),
        92_250,
        Fraction(8853, 100),
        [(UNITS[0], 89_000), (UNITS[1], 87_500), (UNITS[2], 89_090)],
    ),
]
CONTESTS = "/years/khoi-2024/units/dv2/objections"
CONTESTED = messages.Contested(
    number=3,
    unit=UNITS[1],
    giver=UNITS[0],
    criterion="III.4. Gửi báo cáo sơ kết, tổng kết, bảng chấm điểm đúng thời hạn",
    points=2_500,
    because="báo cáo sơ kết đã gửi đúng hạn, có biên nhận số 12.",
)
BARE = [replace(line, self_total=None, cross_mean=None, given=()) for line in RANKING]
RESULT = {"version": 2, "rank": 2, "score": Fraction(9254, 100), "sheets": 4}
RECEIPT = {"number": 12, "received_at": MOMENT, "file_name": "bảng & điểm.xlsx", "sha256": "5d" * 32}
REMINDED = messages.reminder(about=ON_REPORT, days_left=3, tone=Tone.COURTEOUS)
LATE = messages.overdue(about=ON_COMMENTS, days_late=3)
WAITING = [
    say("Score sheets are still missing: {units}.", units="Cục Thuế; Sở Công Thương"),
    say("It cannot be told whose sheet this is: fill in the workbook that was issued, and no copy of it."),
]

Sample = tuple[list[Draft], Envelope]


def _remarked(draft: Draft) -> Draft:
    return Draft(draft.kind, draft.values | {"remark": "Đề nghị gửi kèm bản điện tử của phụ lục 2 & 3."})


def _of_another_unit(about: About) -> About:
    return replace(about, unit=UNITS[1], obligation=str(uuid.UUID(int=14)))


def _escalated(to: ContactRole | None) -> Draft:
    return messages.escalation(about=ON_REPORT, days_late=4, to=to)


SAMPLES: Mapping[str, Sample] = {
    "invitation": ([messages.invitation(about=ON_REPORT)], ENVELOPE),
    "invitation-sheets": ([messages.invitation(about=ON_SHEET)], replace(READ, files=(SHEET_FILE,))),
    "invitation-comments": ([messages.invitation(about=ON_COMMENTS)], READ),
    "reminder": ([REMINDED], ENVELOPE),
    "reminder-urgent": ([messages.reminder(about=ON_SHEET, days_left=0, tone=Tone.URGENT)], READ),
    "reminder-firm": ([_remarked(messages.reminder(about=ON_REPORT, days_left=1, tone=Tone.FIRM))], ENVELOPE),
    "overdue": ([messages.overdue(about=ON_REPORT, days_late=1)], ENVELOPE),
    "escalation": ([_escalated(ContactRole.HEAD)], replace(ENVELOPE, name="Giám đốc", address="giamdoc@example.vn")),
    "escalation-secretary": ([_escalated(ContactRole.SECRETARY)], TO_SECRETARY),
    "escalation-deputy": ([_escalated(None)], replace(READ, address="dv3@example.vn")),
    "extension": (
        [
            messages.extension(
                about=replace(ON_REPORT, phrase=None, moves=1), old_last_day=date(2024, 6, 5), because="đang kiểm toán."
            )
        ],
        ENVELOPE,
    ),
    "receipt": ([messages.receipt(about=ON_REPORT, version=1, **RECEIPT)], ENVELOPE),
    "receipt-late": (
        [
            messages.receipt(
                about=ON_SHEET,
                version=2,
                late_seconds=97_500,
                remarks=[Fault("Tự chấm!D5", say("the text “{typed}” is read as {points}.", typed="9,5đ", points="9,5"))],
                totals=[(UNITS[0], 92_750), (UNITS[1], 90_000), (UNITS[2], 89_500)],
                **RECEIPT,
            )
        ],
        ENVELOPE,
    ),
    "refusal": (
        [messages.refusal(about=ON_REPORT, file_name="báo cáo.doc", faults=[Fault("", say("The file is empty."))])],
        ENVELOPE,
    ),
    "refusal-marked": (
        [messages.refusal(about=ON_SHEET, file_name="bảng.xlsx", faults=FAULTS, still_counts=True, marked="5d" * 32)],
        replace(READ, files=(SHEET_FILE,)),
    ),
    "returned": ([messages.returned(about=ON_REPORT, file_name="báo cáo.docx", number=12, because="thiếu phụ lục.")], ENVELOPE),
    "reissue": (
        [messages.reissue(about=ON_SHEET, had_sent=True, because="sáp nhập hai đơn vị.")],
        replace(READ, files=(SHEET_FILE,)),
    ),
    "declined": (
        [messages.declined(about=ON_REPORT, until=date(2024, 6, 12), because="đã gia hạn chung cho toàn Khối.")],
        ENVELOPE,
    ),
    "document": (
        [
            messages.document(
                about=ABOUT,
                document=say("Mid-year report of the bloc"),
                number="09/BC-KTĐ",
                issued_on=date(2024, 7, 9),
                is_signed=True,
            )
        ],
        ENVELOPE,
    ),
    "conference": ([messages.conference(**CALLED)], ENVELOPE),
    "conference-on-a-day": (
        [
            messages.conference(
                **CALLED | {"meeting": replace(MEETING, start=None, place=None, link=None, agenda=())},
            )
        ],
        ENVELOPE,
    ),
    "conference-convener": (
        [messages.invitation(about=replace(ON_CONFERENCE, obligation=str(REPORT), meeting=MEETING.to_json()))],
        ENVELOPE,
    ),
    "conference-reminder": ([messages.conference_reminder(**CALLED, days_left=11)], ENVELOPE),
    "postponed": (
        [
            messages.postponed(
                **CALLED | {"about": replace(ON_CONFERENCE, moves=1)},
                former=FORMER,
                because="Trưởng khối đi công tác.",
                asked_anew=True,
            )
        ],
        ENVELOPE,
    ),
    "postponed-place": (
        [
            messages.postponed(
                **CALLED,
                former={**FORMER, "day": "2024-06-14", "start": "08:30", "place": "Phòng họp số 2"},
                because=None,
                asked_anew=False,
            )
        ],
        ENVELOPE,
    ),
    "called-off": (
        [
            messages.called_off(
                about=ON_CONFERENCE, attendance=ANSWER, former=FORMER, because="nhập vào hội nghị của thành phố."
            )
        ],
        ENVELOPE,
    ),
    "waiver": ([messages.waiver(about=ON_REPORT, because="đơn vị giải thể.")], ENVELOPE),
    "result-ready": ([messages.result_ready(about=ABOUT, version=2, final=True, sheets=4, members=4)], TO_SECRETARY),
    "result-ready-provisional": (
        [messages.result_ready(about=ABOUT, version=1, final=False, sheets=3, members=4)],
        TO_SECRETARY,
    ),
    "result": ([messages.result(about=ABOUT, ranking=RANKING, **RESULT)], ENVELOPE),
    "result-provisional": ([messages.result(about=ABOUT, ranking=BARE, **RESULT | {"sheets": 3})], ENVELOPE),
    "objections-open": (
        [messages.objections_open(about=ABOUT, version=2, last_day=date(2024, 12, 20), page=CONTESTS)],
        ENVELOPE,
    ),
    "objection": (
        [messages.objection(about=ABOUT, contested=CONTESTED, last_day=date(2024, 12, 20), page=CONTESTS)],
        replace(ENVELOPE, files=(File("minh chứng.pdf", b"pdf"),)),
    ),
    "objection-reminder": (
        [
            messages.objection_reminder(
                about=ABOUT,
                contested=[CONTESTED, replace(CONTESTED, number=5, unit=UNITS[2], criterion="I.3. Cải cách hành chính")],
                last_day=date(2024, 12, 20),
                days_left=1,
                page=CONTESTS,
            )
        ],
        ENVELOPE,
    ),
    "objection-answer": (
        [
            messages.objection_answer(
                about=replace(ABOUT, unit=UNITS[1]),
                contested=replace(CONTESTED, giver=UNITS[0]),
                corrected=True,
                to=3_750,
                because="đã đối chiếu biên nhận & thống nhất.",
                page=CONTESTS,
            )
        ],
        ENVELOPE,
    ),
    "objection-confirmed": (
        [
            messages.objection_answer(
                about=replace(ABOUT, unit=UNITS[1]),
                contested=replace(CONTESTED, giver=UNITS[0]),
                corrected=False,
                to=None,
                because="báo cáo gửi muộn 03 ngày.",
                page=CONTESTS,
            )
        ],
        ENVELOPE,
    ),
    "thanks": ([messages.thanks(about=ON_REPORT, members=4, late=1)], ENVELOPE),
    "weekly": (
        [
            messages.weekly(
                about=ABOUT,
                today=date(2024, 6, 3),
                waiting=WAITING,
                due=[
                    Item("Báo cáo sơ kết 6 tháng đầu năm", date(2024, 6, 6), UNITS[:2]),
                    Item("Bảng chấm điểm", date(2024, 6, 7), UNITS),
                ],
                late=[Item("Ý kiến về Giao ước thi đua", date(2024, 5, 31), UNITS[3:])],
                undelivered=[Item("dv4@example.vn", units=UNITS[3:])],
                uncertain=[Item("dv3@example.vn", units=UNITS[1:2])],
            )
        ],
        TO_SECRETARY,
    ),
    "weekly-quiet": (
        [messages.weekly(about=ABOUT, today=date(2024, 6, 3), waiting=[], due=[], late=[], undelivered=[], uncertain=[])],
        TO_SECRETARY,
    ),
    "undeliverable": (
        [
            messages.undeliverable(
                about=ABOUT,
                address="dv2@example.vn",
                reply="550 5.1.1 <dv2@example.vn> User unknown",
                instead=["dv2b@example.vn"],
                marked=True,
            )
        ],
        TO_SECRETARY,
    ),
    "undeliverable-once": (
        [
            messages.undeliverable(
                about=ABOUT, address="dv2@example.vn", reply="552 5.2.2 Mailbox full", instead=["dv2b@example.vn"], marked=False
            )
        ],
        TO_SECRETARY,
    ),
    "undeliverable-nobody": (
        [
            messages.undeliverable(
                about=ABOUT, address="dv2@example.vn", reply="550 5.1.1 User unknown", instead=[], marked=True
            )
        ],
        TO_SECRETARY,
    ),
    "held": (
        [
            messages.held(
                about=ABOUT,
                ref="5d5d5d5d",
                writer="dv2@example.vn",
                titled="Bảng chấm điểm của đơn vị",
                came_at=MOMENT,
                why=[say("It brings more than one score sheet of the same unit.")],
            )
        ],
        TO_SECRETARY,
    ),
    "alarm": (
        [
            messages.alarm(
                installation="example.vn",
                what=say("The sweep did not run; it runs again now. What it missed is being done."),
                todo=say("Please look at the server: `bloc status` says how things stand."),
                since=MOMENT,
            )
        ],
        replace(ENVELOPE, cycle=None, threads=(), name="", address="quantri@example.vn"),
    ),
    "digest": (
        [messages.reminder(about=ON_SHEET, days_left=4, tone=Tone.COURTEOUS), _remarked(REMINDED), LATE],
        replace(READ, threads=(ENVELOPE.threads[0], SHEETS)),
    ),
    "digest-units": (
        [
            REMINDED,
            messages.reminder(about=_of_another_unit(ON_REPORT), days_left=3, tone=Tone.URGENT),
            messages.escalation(about=_of_another_unit(ON_COMMENTS), days_late=3, to=ContactRole.HEAD),
        ],
        replace(ENVELOPE, threads=(ENVELOPE.threads[0], SHEETS)),
    ),
    "digest-urging": (
        [
            messages.escalation(about=about, days_late=days, to=ContactRole.SECRETARY)
            for about, days in ((ON_COMMENTS, 7), (_of_another_unit(ON_COMMENTS), 7))
        ],
        TO_SECRETARY,
    ),
    "digest-deputy": (
        [
            REMINDED,
            messages.escalation(about=_of_another_unit(ON_REPORT), days_late=4, to=None),
        ],
        replace(READ, name="Chuyên viên của Phó Trưởng khối", address="dv3@example.vn"),
    ),
    "digest-urging-deputy": (
        [messages.escalation(about=about, days_late=4, to=None) for about in (ON_REPORT, _of_another_unit(ON_REPORT))],
        replace(READ, name="Chuyên viên của Phó Trưởng khối", address="dv3@example.vn"),
    ),
    "digest-head": (
        [
            messages.escalation(about=about, days_late=days, to=ContactRole.HEAD)
            for about, days in ((ON_REPORT, 4), (ON_COMMENTS, 7))
        ],
        replace(READ, name="Giám đốc", address="giamdoc@example.vn"),
    ),
}
