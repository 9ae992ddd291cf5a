"""Partners write: `provenance intake|report|offer|accept|decline|withdraw|correct|challenge|hold|rule|inbox`.

Everything is signed here, with a key file of the partner's own, and sent to a server near or far.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provenance.cli.keystores import password
from provenance.cli.shared import JsonOption, print_json, say
from provenance.errors import ConfigError, FieldError

if TYPE_CHECKING:
    from provenance.workflows.posting import Server

ItemsArgument = Annotated[
    list[str],
    typer.Argument(metavar="ITEM...", help="Ids, URIs or serial numbers; one signature covers all."),
]
OffersArgument = Annotated[
    list[str], typer.Argument(metavar="OFFER...", help="The offers' hashes; one signature covers all.")
]
KeyOption = Annotated[
    Path, typer.Option("--key", envvar="PROVENANCE_KEY", metavar="FILE", help="Your key file (`key new`).")
]
ServerOption = Annotated[
    str, typer.Option("--server", envvar="PROVENANCE_SERVER", metavar="URL", help="Where to send it.")
]
DeploymentOption = Annotated[
    Path | None,
    typer.Option("--deployment", metavar="FILE", help="Sign only for the ledger in this deployment.json."),
]
DetailOption = Annotated[
    list[str] | None,
    typer.Option(
        "--detail", metavar="[AUDIENCE:]NAME=VALUE", help="Details in clear; VALUE is JSON, or text."
    ),
]
WaitOption = Annotated[bool, typer.Option("--wait", help="Wait until it is final or rejected.")]
HERE = "http://127.0.0.1:8000"
StageOption = Annotated[str | None, typer.Option("--stage", help="Such as evaluated, or its number.")]
GradeOption = Annotated[int | None, typer.Option("--grade", min=0, max=7, help="0 none, 1 as new to 7.")]


def intake(
    items: ItemsArgument,
    *,
    key: KeyOption,
    grade: GradeOption = None,
    detail: DetailOption = None,
    server: ServerOption = HERE,
    deployment: DeploymentOption = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take returned items in. A new item is named by its id."""
    _send("intake", items, {"grade": grade}, detail, key, server, deployment, wait, as_json)


def report(
    items: ItemsArgument,
    *,
    key: KeyOption,
    stage: StageOption = None,
    grade: GradeOption = None,
    detail: DetailOption = None,
    server: ServerOption = HERE,
    deployment: DeploymentOption = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Report a new stage or grade; without them, an observation."""
    said = {"stage": stage, "grade": grade}
    _send("condition-report", items, said, detail, key, server, deployment, wait, as_json)


def offer(
    items: ItemsArgument,
    *,
    to: Annotated[int, typer.Option("--to", min=1, metavar="PARTNER", help="Who is to take them.")],
    key: KeyOption,
    detail: DetailOption = None,
    server: ServerOption = HERE,
    deployment: DeploymentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Offer items to another partner; the offers wait in its inbox."""
    _send("custody-offer", items, {"to": to}, detail, key, server, deployment, False, as_json, offer=True)


def accept(
    offers: OffersArgument,
    *,
    key: KeyOption,
    exception: Annotated[
        list[str] | None,
        typer.Option(
            "--exception", help="A reservation: damaged, wrong serial, missing part, packaging, ..."
        ),
    ] = None,
    detail: DetailOption = None,
    server: ServerOption = HERE,
    deployment: DeploymentOption = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take over what was offered, with reservations where something differs."""
    said = {"exceptions": exception or 0}
    _send("custody-acceptance", offers, said, detail, key, server, deployment, wait, as_json, named="offer")


def decline(
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="The offer's hash.")],
    *,
    key: KeyOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; the giver reads it.")] = "",
    server: ServerOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Do not take what was offered. Nothing goes to the chain."""
    from provenance.ledger.keystore import read_keystore
    from provenance.proofs.signatures import address_of_key, sign
    from provenance.workflows.offering import personal_digest

    there = _server(server)
    text = there.get(f"/offers/{offer}/decline", reason=reason)["text"]
    if offer.lower() not in text or not text.startswith("Decline the offer "):
        raise FieldError("text", text, "the server asks to sign something else: not signed")
    secret = read_keystore(key, password())
    body = {
        "reason": reason,
        "signature": "0x" + sign(secret, personal_digest(text)).hex(),
        "signer": "0x" + address_of_key(secret).hex(),
    }
    _print([there.post(f"/offers/{offer}/decline", body)], "offers", as_json)


def withdraw(
    offers: OffersArgument,
    *,
    key: KeyOption,
    server: ServerOption = HERE,
    deployment: DeploymentOption = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take offers of your own back, on the chain: nobody can accept them any more."""
    there = _server(server)
    made = [{"offer": one, "item": there.get(f"/offers/{one}")["item"]} for one in offers]
    _post("withdrawal", made, key, there, deployment, wait, as_json)


def correct(
    item: Annotated[str, typer.Argument(metavar="ITEM")],
    event: Annotated[int, typer.Argument(metavar="SEQ", min=1, help="The event that is wrong.")],
    *,
    key: KeyOption,
    answers: Annotated[int, typer.Option("--answers", help="The challenge that this answers.")] = 0,
    detail: DetailOption = None,
    server: ServerOption = HERE,
    deployment: DeploymentOption = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Name an earlier event as wrong; say why in a detail. Nothing is edited."""
    said = {"corrects": event, "answers": answers}
    _send("correction", [item], said, detail, key, server, deployment, wait, as_json)


def challenge(
    item: Annotated[str, typer.Argument(metavar="ITEM")],
    event: Annotated[int, typer.Argument(metavar="SEQ", min=1, help="The event that you dispute.")],
    *,
    key: KeyOption,
    detail: DetailOption = None,
    server: ServerOption = HERE,
    deployment: DeploymentOption = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Dispute an event; say why in a detail."""
    _send("challenge", [item], {"challenged": event}, detail, key, server, deployment, wait, as_json)


def hold(
    items: ItemsArgument,
    *,
    key: KeyOption,
    lift: Annotated[bool, typer.Option("--lift", help="Lift the hold instead.")] = False,
    detail: DetailOption = None,
    server: ServerOption = HERE,
    deployment: DeploymentOption = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Freeze items, as an auditor of another partner; or lift the hold."""
    _send("hold", items, {"onHold": not lift}, detail, key, server, deployment, wait, as_json)


def rule(
    item: Annotated[str, typer.Argument(metavar="ITEM")],
    *,
    stage: Annotated[str, typer.Option("--stage", help="The stage that is right.")],
    to: Annotated[int, typer.Option("--to", min=0, help="Who has it; 0 where it has left or ended.")],
    key: KeyOption,
    grade: GradeOption = None,
    answers: Annotated[int, typer.Option("--answers", help="The challenge that this answers.")] = 0,
    moves: Annotated[bool, typer.Option("--moves", help="Custody moves: wait for the receiver.")] = False,
    detail: DetailOption = None,
    server: ServerOption = HERE,
    deployment: DeploymentOption = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Set an item's state right, as an auditor of another partner."""
    said = {"stage": stage, "to": to, "grade": grade, "answers": answers}
    _send("ruling", [item], said, detail, key, server, deployment, wait and not moves, as_json, offer=moves)


def inbox(
    partner: Annotated[int, typer.Argument(metavar="PARTNER", min=1, help="Your partner number.")],
    *,
    state: Annotated[str, typer.Option("--state", help="open, accepted, declined, ...")] = "open",
    server: ServerOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List what is offered to a partner."""
    found = _server(server).get(f"/partners/{partner}/inbox", state=state, limit=500)["offers"]
    _print(found, "offers", as_json)


COMMANDS = (intake, report, offer, accept, decline, withdraw, correct, challenge, hold, rule, inbox)


def _send(  # noqa: PLR0917 - a command's options
    message: str,
    subjects: list[str],
    said: dict[str, Any],
    detail: list[str] | None,
    key: Path,
    server: str,
    deployment: Path | None,
    wait: bool,
    as_json: bool,
    *,
    named: str = "item",
    offer: bool = False,
) -> None:
    given = {name: value for name, value in said.items() if value is not None}
    if detail:
        given["details"] = [_detail(one) for one in detail]
    intended = [{named: subject, **given} for subject in subjects]
    _post(message, intended, key, _server(server), deployment, wait, as_json, offer=offer)


def _post(  # noqa: PLR0917 - a command's options
    message: str,
    intended: list[dict[str, Any]],
    key: Path,
    server: Server,
    deployment: Path | None,
    wait: bool,
    as_json: bool,
    *,
    offer: bool = False,
) -> None:
    from provenance.ledger.deployment import Deployment
    from provenance.ledger.keystore import read_keystore
    from provenance.workflows.posting import Expected, post

    expected = Expected()
    if deployment is not None:
        found = Deployment.load(deployment)
        expected = Expected(found.chain_id, found.ledger)
    secret = read_keystore(key, password())
    made = post(server, message, intended, secret, offer=offer, expected=expected)
    if wait and not offer:
        made = [_settled(server, receipt) for receipt in made]
    _print(made, "offers" if offer else "receipts", as_json)
    if any(one.get("status") == "rejected" for one in made):
        raise FieldError("status", "rejected", "not everything was recorded; the reasons stand above")


def _settled(server: Server, receipt: dict[str, Any]) -> dict[str, Any]:
    while receipt["status"] not in ("final", "rejected"):
        time.sleep(0.5)
        receipt = server.get(receipt["href"])
    return receipt


def _detail(text: str) -> dict[str, Any]:
    name, sign, value = text.partition("=")
    audience, colon, rest = name.partition(":")
    if not sign or not name:
        raise ConfigError(f"--detail {text}: write NAME=VALUE, or partners:NAME=VALUE")
    return {
        "name": rest if colon else name,
        "value": _value(value),
        "audience": audience if colon else "public",
    }


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str)
    except ValueError:
        return text


def _server(url: str) -> Server:
    from provenance.workflows.posting import Server

    return Server(url.rstrip("/"))


def _print(found: list[dict[str, Any]], name: str, as_json: bool) -> None:
    if as_json:
        print_json({name: found})
        return
    for one in found:
        status = one.get("status") or one["state"]
        number = one.get("seq") or one.get("count") or ""
        reason = f"  {one['reason']}" if one.get("reason") else ""
        typer.echo(
            f"{status:<9} {one.get('id') or one['offer']}  {one['kind']} {number} of {one['item']}{reason}"
        )
    if not found:
        say("nothing found")
