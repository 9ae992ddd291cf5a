"""What the settings are and where each comes from: `provenance config`."""

from __future__ import annotations

import typer

from provenance.cli.shared import DataOption, HostOption, JsonOption, PortOption, load, print_json, say


def config(
    data: DataOption = None, host: HostOption = None, port: PortOption = None, as_json: JsonOption = False
) -> None:
    """What each setting is, and whether an option, the environment, .env or the default says so."""
    from provenance.config import chosen, unknown_variables

    options = {"data": data, "host": host, "port": port}
    found = chosen(load(**options), **options)
    unknown = unknown_variables()
    if as_json:
        settings = [{"variable": one.variable, "value": one.value, "source": one.source} for one in found]
        print_json({"settings": settings, "unknown": unknown})
        return
    for one in found:
        typer.echo(f"{one.variable:<26} {one.value:<44} {one.source}")
    for name in unknown:
        say(f"{name} is set, but no setting has this name")
