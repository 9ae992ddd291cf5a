"""Edits that make one file another: how the corpus says in few bytes what was changed in which bundle.

```
{"set": "/events/0/grade", "to": 4}     put a value where there is one
{"insert": "/events/1", "value": {}}    put a value in before that place (or a new member)
{"remove": "/events/1"}                 take one away
{"replace": "text", "with": "text"}     in the file's text: the first occurrence
{"append": "text"}                      to the file's text
{"replaceHex": "hex", "withHex": "hex"} the same, where it is no text
{"whole": "text", "times": 1}           instead of the file; so often, where `times` is there
{"wholeHex": "hex"}                     instead of the file, where it is no text
```

Pointers are those of RFC 6901. What edits the value comes first; the file is then the value as `text_of` writes it.
"""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Edit = Mapping[str, Any]


def text_of(value: object) -> str:
    """A value as our files are written."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def applied(value: object, edits: Iterable[Edit]) -> bytes:
    """The file that the edits make of the one that holds the value."""
    changed, edits = copy.deepcopy(value), list(edits)
    for edit in edits:
        if edit.keys() & {"set", "insert", "remove"}:
            _change(changed, edit)
    data = text_of(changed).encode()
    for edit in edits:
        data = _rewritten(data, edit)
    return data


def difference(old: object, new: object, at: str = "") -> Iterator[Edit]:
    """Edits that make `new` of `old`, both JSON values of the same kind of container."""
    if type(old) is dict and type(new) is dict:
        for name in old:
            if name not in new:
                yield {"remove": f"{at}/{_escaped(name)}"}
        for name, inner in new.items():
            place = f"{at}/{_escaped(name)}"
            if name in old:
                yield from difference(old[name], inner, place)
            else:
                yield {"insert": place, "value": inner}
    elif type(old) is list and type(new) is list:
        yield from _rows_difference(old, new, at)
    elif not _same(old, new):
        yield {"set": at, "to": new}


def _rows_difference(old: list[Any], new: list[Any], at: str) -> Iterator[Edit]:
    start = 0
    while start < min(len(old), len(new)) and _same(old[start], new[start]):
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and _same(old[-1 - end], new[-1 - end]):
        end += 1
    gone, come = old[start : len(old) - end], new[start : len(new) - end]
    if len(gone) == len(come):
        for index, (before, after) in enumerate(zip(gone, come, strict=True)):
            yield from difference(before, after, f"{at}/{start + index}")
        return
    for _ in gone:
        yield {"remove": f"{at}/{start}"}
    for index, value in enumerate(come):
        yield {"insert": f"{at}/{start + index}", "value": value}


def _same(one: object, other: object) -> bool:
    """Equal as JSON: 1 is not true, and the order of members matters, for the edits shall give the same bytes."""
    return json.dumps(one) == json.dumps(other)


def _change(value: Any, edit: Edit) -> None:
    verb = next(verb for verb in ("set", "insert", "remove") if verb in edit)
    *way, last = [step.replace("~1", "/").replace("~0", "~") for step in edit[verb].split("/")[1:]]
    for step in way:
        value = value[int(step) if type(value) is list else step]
    place: Any = int(last) if type(value) is list else last
    if verb == "remove":
        del value[place]
    elif verb == "insert" and type(value) is list:
        value.insert(place, edit["value"])
    else:
        value[place] = edit["value" if verb == "insert" else "to"]


def _rewritten(data: bytes, edit: Edit) -> bytes:
    if "whole" in edit:
        return str(edit["whole"]).encode() * edit.get("times", 1)
    if "wholeHex" in edit:
        return bytes.fromhex(edit["wholeHex"])
    if "append" in edit:
        return data + str(edit["append"]).encode()
    if "replace" in edit:
        return _replaced(data, edit["replace"].encode(), edit["with"].encode())
    if "replaceHex" in edit:
        return _replaced(data, bytes.fromhex(edit["replaceHex"]), bytes.fromhex(edit["withHex"]))
    return data


def _replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data, f"{old!r} is not in the file"
    return data.replace(old, new, 1)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
