"""Attacks on the file's form: what two readers could read in two ways, and what says more or less than it should."""

from attacks.corpus import Corpus, Json, all_of, bit, by, put, swap, take
from attacks.edits import text_of


def parser(corpus: Corpus) -> None:
    corpus.about("parser", "single")
    text = text_of(corpus.bundles["single"])
    for name, edits in {
        "the file is empty": [{"whole": ""}],
        "the file is blank": [{"whole": " \n"}],
        "the file is cut off in the middle": [{"whole": text[: len(text) // 2]}],
        "the file lacks its last brace": [{"whole": text.rstrip()[:-1]}],
        "a second value follows the first": [{"append": "{}"}],
        "a comma follows the value": [{"append": ","}],
        "a byte order mark stands before the value": [_hex(b"{", b"\xef\xbb\xbf{")],
        "the file is UTF-16": [{"wholeHex": "{}".encode("utf-16-le").hex()}],
        "a byte is not UTF-8": [_hex(b"value of", b"value\xffof")],
        "text is encoded longer than need be": [_hex(b"value of", b"value\xc0\xaeof")],
        "an array ends with a comma": [{"replace": '"attestations": []', "with": '"attestations": [,]'}],
        "an object ends with a comma": [{"replace": '"attestations": [],', "with": '"attestations": [],,'}],
        "a comment explains something": [{"replace": '"attestations"', "with": '/* none */ "attestations"'}],
        "member names stand in single quotes": [{"replace": '"attestations"', "with": "'attestations'"}],
        "a member comes twice, alike": [
            {"replace": '"attestations": [],', "with": '"attestations": [], "attestations": [],'}
        ],
        "a member comes twice, once false": [{"replace": '"grade": 0,', "with": '"grade": 7, "grade": 0,'}],
        "a member comes twice, once escaped": [
            {"replace": '"grade": 0,', "with": '"gr\\u0061de": 7, "grade": 0,'}
        ],
        "a member comes twice inside a field's value": [
            {"replace": '"value of first"', "with": '{"a": 1, "a": 1}'}
        ],
        "a number has a fraction": [{"replace": '"grade": 0,', "with": '"grade": 0.0,'}],
        "a number has an exponent": [{"replace": '"grade": 0,', "with": '"grade": 0e0,'}],
        "zero has a sign": [{"replace": '"grade": 0,', "with": '"grade": -0,'}],
        "a number has a leading zero": [{"replace": '"grade": 0,', "with": '"grade": 00,'}],
        "a number has a plus sign": [{"replace": '"grade": 0,', "with": '"grade": +0,'}],
        "a number is beyond what readers keep exactly": [
            {"replace": '"value of first"', "with": "9007199254740992"}
        ],
        "a number has five thousand digits": [{"replace": '"value of first"', "with": "1" * 5000}],
        "a value is NaN": [{"replace": '"value of first"', "with": "NaN"}],
        "a value is infinite": [{"replace": '"value of first"', "with": "-Infinity"}],
        "text has a lone surrogate": [{"replace": '"value of first"', "with": '"\\ud800"'}],
        "surrogates come in the wrong order": [{"replace": '"value of first"', "with": '"\\udc00\\ud800"'}],
        "a member's name has a lone surrogate": [{"replace": '"value of first"', "with": '{"\\udfff": 1}'}],
        "text has a raw line feed": [{"replace": '"value of first"', "with": '"value of\nfirst"'}],
        "text has an escape that JSON does not know": [
            {"replace": '"value of first"', "with": '"value\\x20of first"'}
        ],
        "a blank is none of JSON's four": [
            {"replace": '"attestations": []', "with": '"attestations":\u00a0[]'}
        ],
        "a value is nested a hundred deep": [{"replace": '"value of first"', "with": "[" * 100 + "]" * 100}],
        "a value is nested a hundred thousand deep": [{"whole": "[", "times": 100_000}],
    }.items():
        corpus.rejected(name, 1, edits)
    corpus.rejected("the value is a list", 1, [{"whole": "[]"}])
    corpus.rejected("the value is null", 1, [{"whole": "null"}])
    corpus.rejected("the format is not named", 1, take("format"))
    corpus.rejected("the format is a number", 1, put(1, "format"))
    corpus.cannot_evaluate("the format is a later one", put("returns-provenance bundle 2", "format"))
    corpus.cannot_evaluate("the bundle is a trust file", [{"whole": text_of(corpus.trusts["trust"])}])
    corpus.cannot_evaluate("the trust file is a bundle", (), trust_change=[{"whole": text}])
    corpus.cannot_evaluate("the trust file is empty", (), trust_change=[{"whole": ""}])
    corpus.cannot_evaluate("the trust file has a member nobody knows", (), trust_change=put(1, "comment"))
    corpus.cannot_evaluate(
        "the trust file has a member twice",
        (),
        trust_change=[{"replace": '"operators"', "with": '"operators": "many", "operators"'}],
    )


def events(corpus: Corpus) -> None:
    corpus.about("events", "life")
    for name, step, change in (
        ("an event is left out", 9, take("events", 5)),
        ("the first event is left out", 9, take("events", 0)),
        ("the last event is left out, which is disputed", 9, take("events", 16)),
        (
            "the last event is left out, and the challenge of it",
            10,
            all_of(take("events", 16), take("challenges", 2)),
        ),
        ("the last challenge is left out", 10, take("challenges", 2)),
        ("the first challenge is left out", 9, take("challenges", 0)),
        ("the hand-over is left out", 9, take("events", 3)),
        ("two events change places", 9, swap(4, 5, "events")),
        ("two challenges change places", 9, swap(0, 1, "challenges")),
        ("an event comes twice", 9, _double("events", 4)),
        ("a challenge comes twice", 9, _double("challenges", 1)),
        ("a challenge stands among the events", 1, _moved("challenges", "events")),
        ("an event stands among the challenges", 1, _moved("events", "challenges")),
        ("an event is of a kind nobody knows", 1, put("Sale", "events", 0, "kind")),
        ("an event has no kind", 1, take("events", 0, "kind")),
        ("an event has no time", 1, take("events", 0, "time")),
        ("an event has a remark of its own", 1, put("fine", "events", 0, "remark")),
        ("an intake names a stage", 1, put(2, "events", 0, "stage")),
        ("a report is called an intake", 1, put("Intake", "events", 1, "kind")),
        ("a ruling is called a report", 1, put("ConditionReport", "events", 11, "kind")),
        ("a hand-over has lost its acceptance", 1, take("events", 3, "acceptance")),
        ("a report has an acceptance", 1, _accepted_report),
        ("a ruling that moves custody has lost its acceptance", 9, take("events", 12, "acceptance")),
        ("a grade is better than signed", 7, put(1, "events", 1, "grade")),
        ("a grade is none that there is", 7, put(8, "events", 1, "grade")),
        ("a grade does not fit its type", 1, put(256, "events", 1, "grade")),
        ("a grade is negative", 1, put(-1, "events", 1, "grade")),
        ("a grade is text", 1, put("4", "events", 1, "grade")),
        ("a grade is true", 1, put(True, "events", 1, "grade")),
        ("a stage is none that there is", 7, put(15, "events", 1, "stage")),
        ("a number is another", 7, put(3, "events", 1, "seq")),
        ("a receiver is another", 7, put(3, "events", 3, "to")),
        ("an exception is hidden", 7, put(32, "events", 3, "acceptance", "exceptions")),
        ("a correction names another event", 7, put(6, "events", 7, "corrects")),
        ("a correction answers nothing", 7, put(0, "events", 7, "answers")),
        ("a challenge disputes another event", 7, put(6, "challenges", 0, "challenged")),
        ("a hold is told as its end", 7, put(False, "events", 8, "onHold")),
        ("a hold is a number", 1, put(1, "events", 8, "onHold")),
        ("a withdrawn offer is another", 7, by(bit(), "events", 2, "offer")),
        ("a deadline is later", 7, by(lambda text: str(int(text) + 1), "events", 0, "deadline")),
        ("a deadline has a leading zero", 1, by(lambda text: f"0{text}", "events", 0, "deadline")),
        ("a deadline is a number", 1, by(int, "events", 0, "deadline")),
        ("a deadline is beyond 64 bits", 1, put(str(2**64), "events", 0, "deadline")),
        ("a deadline has digits of another script", 1, put("\u0661", "events", 0, "deadline")),
        ("an event was a second earlier", 10, by(lambda time: time - 1, "events", 15, "time")),
        (
            "an event before a hand-over was a second earlier",
            9,
            by(lambda time: time - 1, "events", 0, "time"),
        ),
        ("an event was a second later", 10, by(lambda time: time + 1, "events", 16, "time")),
        ("a challenge was a second later", 10, by(lambda time: time + 1, "challenges", 0, "time")),
        ("times fall", 9, by(lambda time: time - 60, "events", 9, "time")),
        ("an event came after the proven block", 9, by(lambda time: time + 100_000, "events", 16, "time")),
        ("there are no events, but partners", 1, put([], "events")),
        ("a history is told as none at all", 6, _emptied),
    ):
        corpus.rejected(name, step, change)
    corpus.rejected("a history is told as absence, with the nodes of absence", 10, _hidden(corpus))
    corpus.rejected("a challenge comes before the event that it disputes", 9, _early_challenge)


def fields(corpus: Corpus) -> None:
    corpus.about("fields", "life")
    shown = ("events", 0, "details", "fields")
    corpus.rejected("a shown value is another", 7, put("1.251", *shown, 2, "value"))
    corpus.rejected(
        "a value's last letter is another",
        7,
        put("value of findinG", "events", 1, "details", "fields", 0, "value"),
    )
    corpus.rejected("a number inside a value is another", 7, put(13, *shown, 5, "value", 1, "count"))
    corpus.rejected("false inside a value is null", 7, put(None, *shown, 0, "value", "sure"))
    corpus.rejected("an integer is told as text", 7, by(str, *shown, 1, "value"))
    corpus.rejected("a salt is another", 7, by(bit(), *shown, 0, "salt"))
    corpus.rejected("a salt is longer", 1, by(lambda salt: salt + "00", *shown, 0, "salt"))
    corpus.rejected("a field has no salt", 1, take(*shown, 0, "salt"))
    corpus.rejected("a field's name is another", 7, put("grading2", *shown, 0, "name"))
    corpus.rejected("a field's name is empty", 1, put("", *shown, 0, "name"))
    corpus.rejected("a field is left out without its commitment", 7, take(*shown, 2))
    corpus.rejected("a field is added", 7, _added_field)
    corpus.rejected("a commitment is added", 7, put(["0x" + "11" * 32], "events", 0, "details", "withheld"))
    corpus.rejected("fields stand in another order", 1, swap(0, 1, *shown))
    corpus.rejected("a field comes twice", 1, _double(*shown, 0))
    corpus.rejected("a value is nested deeper than fields are", 1, put(_nested(33), *shown, 0, "value"))
    corpus.rejected("details are told as none", 7, put(None, "events", 0, "details"))
    corpus.rejected("details are told where there are none", 7, _details_from_another_event)
    corpus.rejected("two events exchange their details", 7, _exchanged_details)
    corpus.rejected("an acceptance's details are the offer's", 7, _acceptance_with_offers_details)
    corpus.rejected(
        "details are empty instead of null", 1, put({"fields": [], "withheld": []}, "events", 2, "details")
    )
    corpus.rejected(
        "details are withheld under a root of zero",
        1,
        put({"root": "0x" + "00" * 32}, "events", 2, "details"),
    )
    corpus.rejected(
        "details are a root and fields at once", 1, put("0x" + "11" * 32, "events", 0, "details", "root")
    )
    corpus.about("fields", "withheld")
    withheld = ("events", 0, "details", "withheld")
    corpus.rejected("a withheld value is made up", 7, _made_up)
    corpus.rejected("a withheld commitment is another", 7, by(bit(3), *withheld, 0))
    corpus.rejected("a withheld commitment is left out", 7, take(*withheld, 0))
    corpus.rejected("withheld commitments stand in another order", 1, swap(0, 1, *withheld))
    corpus.rejected("a withheld commitment comes twice", 1, _double(*withheld, 0))
    corpus.rejected("a withheld commitment is that of a shown field", 1, _own_commitment(corpus))
    corpus.rejected("a withheld document's root is another", 7, by(bit(), "events", 1, "details", "root"))
    corpus.rejected(
        "a withheld commitment is written in capitals",
        1,
        by(lambda text: "0x" + text[2:].upper(), *withheld, 0),
    )


def _hex(old: bytes, new: bytes) -> Json:
    return {"replaceHex": old.hex(), "withHex": new.hex()}


def _double(*steps: object) -> object:
    def change(of: Json) -> None:
        row: object = of
        for step in steps[:-1]:
            row = row[step]  # type: ignore[index]
        row.insert(steps[-1], row[steps[-1]])  # type: ignore[attr-defined, index]

    return change


def _moved(source: str, target: str) -> object:
    return lambda of: of[target].insert(0, of[source].pop(0))


def _accepted_report(of: Json) -> None:
    of["events"][1]["acceptance"] = of["events"][3]["acceptance"]


def _early_challenge(of: Json) -> None:
    of["challenges"][0]["time"] = of["events"][1]["time"]


def _emptied(of: Json) -> None:
    of["events"], of["challenges"], of["partners"] = [], [], []


def _hidden(corpus: Corpus) -> object:
    """Only the nodes of slot and challenge word stay: those that the keys' words needed would be too many."""
    absent = [*corpus.bundles["life"]["nodes"]]
    order = _used_for_item(corpus, absent)
    return all_of(_emptied, put(order, "nodes"))


def _used_for_item(corpus: Corpus, nodes: list[str]) -> list[str]:
    from provenance.model.calls import Contract
    from provenance.proofs import state
    from provenance.proofs.trie import NodePool

    bundle, deployment = corpus.proven["life"], corpus.story.world.deployment
    pool = NodePool([bytes.fromhex(node[2:]) for node in nodes])
    root = state.read_header(bundle.header).state_root
    ledger = state.read_account(pool, root, deployment.ledger)
    state.read_account(pool, root, deployment.registry)
    assert ledger is not None
    for place in state.places_of(bundle.item.id, (), ())[Contract.LEDGER]:
        state.read_word(pool, ledger.storage_root, place)
    return ["0x" + node.hex() for node in pool.used]


def _added_field(of: Json) -> None:
    of["events"][1]["details"]["fields"].append({"name": "zz", "salt": "0x" + "22" * 16, "value": True})


def _nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


def _details_from_another_event(of: Json) -> None:
    of["events"][2]["details"] = of["events"][1]["details"]


def _exchanged_details(of: Json) -> None:
    one, other = of["events"][4], of["events"][6]
    one["details"], other["details"] = other["details"], one["details"]


def _acceptance_with_offers_details(of: Json) -> None:
    of["events"][3]["acceptance"]["details"] = of["events"][3]["details"]


def _made_up(of: Json) -> None:
    details = of["events"][0]["details"]
    details["withheld"].pop(0)
    details["fields"].append({"name": "price", "salt": "0x" + "33" * 16, "value": "99.00"})


def _own_commitment(corpus: Corpus) -> object:
    field = corpus.proven["withheld"].events[0].document.fields[0]

    def change(of: Json) -> None:
        withheld = of["events"][0]["details"]["withheld"]
        withheld.append("0x" + field.commitment.hex())
        withheld.sort()

    return change
