"""The words people read: stages, grades, roles and events in plain language."""

from __future__ import annotations

from provenance.model.vocabulary import Exceptions, Grade, Stage

STAGES = {
    Stage.RECEIVED: "Received",
    Stage.EVALUATED: "Evaluated",
    Stage.IN_REPAIR: "In repair",
    Stage.IN_REFURBISHMENT: "In refurbishment",
    Stage.REMANUFACTURED: "Remanufactured",
    Stage.MATERIAL_RECOVERY: "In material recovery",
    Stage.RESALE_READY: "Ready for resale",
    Stage.RESOLD: "Resold",
    Stage.REUSED: "Reused",
    Stage.SENT_BACK: "Sent back",
    Stage.STORED_FOR_ANALYSIS: "Stored for analysis",
    Stage.MISSING: "Missing",
    Stage.RECYCLED: "Recycled",
    Stage.DISPOSED: "Disposed of",
}
GRADES = {
    Grade.NONE: "Not graded",
    Grade.AS_NEW: "As new",
    Grade.VERY_GOOD: "Very good",
    Grade.GOOD: "Good",
    Grade.FAIR: "Fair",
    Grade.POOR: "Poor",
    Grade.DEFECTIVE: "Defective",
    Grade.FOR_MATERIAL: "For material only",
}
EXCEPTIONS = {
    Exceptions.DAMAGED: "damaged",
    Exceptions.WRONG_SERIAL: "wrong serial number",
    Exceptions.MISSING_PART: "a part is missing",
    Exceptions.WRONG_PRODUCT: "wrong product",
    Exceptions.PACKAGING: "packaging",
    Exceptions.NOT_AS_GRADED: "not as graded",
    Exceptions.OTHER: "other reservations",
}
# What a report says happened, by the stage it reports.
REPORTED = {
    Stage.RECEIVED: "Received again",
    Stage.EVALUATED: "Inspected and graded",
    Stage.IN_REPAIR: "Repair begun",
    Stage.IN_REFURBISHMENT: "Refurbishment begun",
    Stage.REMANUFACTURED: "Remanufactured into a new item",
    Stage.MATERIAL_RECOVERY: "Taken apart for its materials",
    Stage.RESALE_READY: "Made ready for resale",
    Stage.RESOLD: "Sold again",
    Stage.REUSED: "Given to a new user",
    Stage.SENT_BACK: "Sent back",
    Stage.STORED_FOR_ANALYSIS: "Stored for analysis",
    Stage.MISSING: "Reported missing",
    Stage.RECYCLED: "Recycled",
    Stage.DISPOSED: "Disposed of",
}


def stage_words(stage: int) -> str:
    """The stage as people say it."""
    return STAGES[Stage(stage)]


def grade_words(grade: int) -> str:
    """The grade as people say it."""
    return GRADES[Grade(grade)]


def exception_words(exceptions: int) -> list[str]:
    """The reservations in a bit set."""
    return [words for flag, words in EXCEPTIONS.items() if exceptions & flag]


def event_words(kind: str, stage: int, stage_before: int | None) -> str:
    """What happened, in a few words. ``kind`` is the message type's name."""
    if kind == "ConditionReport":
        return "Observed" if stage == stage_before else REPORTED[Stage(stage)]
    return {
        "Intake": "Taken in as a return",
        "CustodyTransfer": "Handed over",
        "Withdrawal": "Offer withdrawn",
        "Correction": "Earlier event marked as wrong",
        "Hold": "Hold changed",
        "Ruling": "Auditor's ruling",
        "Challenge": "Challenged",
    }[kind]
