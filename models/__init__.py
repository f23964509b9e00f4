"""The tables: columns, constraints, and the life of each row. Imported together, so that the metadata is whole."""

from models.attendance import Attendance
from models.audit import AuditEntry
from models.bloc import Bloc, Contact, Cycle, Membership, PlanVersion, Role, Unit
from models.deposit import Deposit, FileChunk, Response, StoredFile
from models.document import Document
from models.incoming import Incoming
from models.notice import Heartbeat, Mail, Notice, NoticeChange, Wakeup
from models.objection import Objection
from models.portal import CalendarFeed, CityViewer, ExtensionRequest, PlanProposal, SheetDraft, SignedIn, SignIn
from models.result import Aggregation, CountedSheet, Result, Standing
from models.score import Criterion, Point
from models.title import ChairChoice, CityAnswer, CityGrant, Hand, TitleChange, VoteCount, VoteRound
from models.work import Activity, Obligation

__all__ = [
    "Activity", "Aggregation", "Attendance", "AuditEntry", "Bloc", "CalendarFeed", "ChairChoice", "CityAnswer", "CityGrant",
    "CityViewer", "Contact", "CountedSheet", "Criterion", "Cycle", "Deposit", "Document", "ExtensionRequest",
    "FileChunk", "Hand", "Heartbeat", "Incoming", "Mail", "Membership", "Notice", "NoticeChange", "Objection", "Obligation",
    "PlanProposal", "PlanVersion", "Point", "Response", "Result", "Role", "SheetDraft", "SignIn", "SignedIn",
    "Standing", "StoredFile", "TitleChange", "Unit", "VoteCount", "VoteRound", "Wakeup",
]  # fmt: skip
