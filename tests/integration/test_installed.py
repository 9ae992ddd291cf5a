"""What is installed from the wheel works without the source tree: the ledger with its pages, and the verifier alone."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
PAGE = {"Accept": "text/html"}
# The verifier's dependencies, and what typer brings: nothing of the chain, the database or the server.
BASE = {"coincurve", "rfc8785", "tiny-keccak", "typer", "returns-provenance"}
SERVER_ONLY = {"web3", "sqlalchemy", "fastapi", "pydantic-settings", "py-evm", "uvicorn"}


def environment(folder: Path) -> dict[str, str]:
    """What a fresh shell would have: none of our settings, nothing of Python's or of this environment."""
    ours = ("PROVENANCE_", "PYTHON", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.defpath}"
    }


def run(folder: Path, *command: str | Path, code: int = 0) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def install(folder: Path, what: str) -> None:
    """Into a new environment, with the versions of the lock, by the same uv that installs the project."""
    uv = shutil.which("uv", path=f"{ROOT / '.tools' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert uv, "scripts/install puts uv into .tools"
    run(folder, uv, "venv", "--quiet", "--python", sys.executable, folder, "--allow-existing")
    python = folder / "bin" / "python"
    lock = ROOT / "requirements.lock"
    run(folder, uv, "pip", "install", "--quiet", "--python", python, "--constraint", lock, what)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@contextmanager
def served(folder: Path, data: Path) -> Iterator[httpx2.Client]:
    """`provenance serve` as a process of its own, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "serve.log"
    with log.open("wb") as writing:
        process = subprocess.Popen(
            [folder / "bin" / "provenance", "serve", "--data", data, "--port", str(port)],
            cwd=folder,
            env=environment(folder),
            stdout=writing,
            stderr=writing,
        )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
            deadline = time.monotonic() + START_SECONDS
            while True:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                try:
                    client.get("/healthz")
                except httpx2.TransportError:
                    time.sleep(0.1)
                else:
                    break
            yield client
    finally:
        process.terminate()
        process.wait()


def test_demo_and_serve_work_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    install(tmp_path, f"{wheel}[server]")
    where = run(tmp_path, tmp_path / "bin" / "python", "-c", "import provenance; print(provenance.__file__)")
    assert Path(where.strip()).is_relative_to(tmp_path / "lib")
    data = tmp_path / "data"
    printed = run(
        tmp_path, tmp_path / "bin" / "provenance", "demo", "--items", "3", "--no-serve", "--data", data
    )
    assert "3 items" in printed
    with served(tmp_path, data) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        item = client.get("/items").json()["items"][0]
        page = client.get(f"/01/{item['gtin']}/21/{item['serial']}", headers=PAGE)
        assert page.status_code == 200
        assert item["title"] in page.text
        static = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
        assert any(name.endswith(".css") for name in static)
        for name in static:
            answer = client.get(name)
            assert answer.status_code == 200
            assert answer.content


def test_the_base_installation_is_the_verifier_s_alone(wheel: Path, tmp_path: Path) -> None:
    install(tmp_path, str(wheel))
    installed = {
        path.name.partition("-")[0].replace("_", "-").lower() for path in tmp_path.rglob("*.dist-info")
    }
    assert installed >= BASE
    assert not installed & SERVER_ONLY
    python, command = tmp_path / "bin" / "python", tmp_path / "bin" / "provenance"
    every_proof = (
        "import importlib, pkgutil, provenance.proofs as proofs, provenance.model as model\n"
        "for package in (proofs, model):\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(found.name)\n"
    )
    run(tmp_path, python, "-c", every_proof)
    assert "demo" in run(tmp_path, command, "--help")
    refused = run(tmp_path, command, "status", code=2)
    assert "install returns-provenance[server]" in refused
