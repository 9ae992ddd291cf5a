"""The only wiring: from settings to things that work together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from provenance.config import EMBEDDED, Settings
from provenance.errors import ConfigError
from provenance.ledger.chain import Chain, connect
from provenance.ledger.deploying import deploy
from provenance.ledger.deployment import Deployment
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS, Genesis, development_alloc
from provenance.ledger.embedded.server import serve
from provenance.ledger.gateway import Gateway
from provenance.ledger.keystore import read_keystore
from provenance.ledger.relay import Relay
from provenance.ledger.sending import Sender
from provenance.ledger.wallets import ask_wallet
from provenance.store.database import Database, open_database
from provenance.store.evidence import EvidenceStore
from provenance.store.factors import FactorStore
from provenance.workflows.judging import Bench
from provenance.workflows.keyring import Key, Keyring, open_keyring
from provenance.workflows.network import Network
from provenance.workflows.playing import KEY_NAMES

OPERATOR = "operator"
OPERATOR_WEI = 10**24
ANVIL_CHAIN_ID = 31337


@dataclass(frozen=True)
class Reader:
    """What reading needs: the index, and the ledger that it follows."""

    database: Database
    gateway: Gateway


def open_demo_keyring(settings: Settings, more: tuple[str, ...] = ()) -> Keyring:
    """The demonstration's keys, and those of these names; made on first use."""
    return open_keyring(settings.keystore_file, (OPERATOR, *dict.fromkeys((*KEY_NAMES, *more))))


@contextmanager
def reading(settings: Settings) -> Iterator[Reader]:
    """The ledger that was deployed, opened to read and to follow; ConfigError if there is none yet."""
    deployment = Deployment.load(settings.deployment_file)
    with _chain(settings, None) as chain:
        database = open_database(settings.database_url)
        try:
            yield Reader(database, Gateway(chain, deployment, settings.confirmations))
        finally:
            database.close()


@contextmanager
def index_only(settings: Settings) -> Iterator[Database]:
    """The index alone, as it is: for questions that need no chain."""
    database = open_database(settings.database_url, create=False)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def writing(settings: Settings, keyring: Keyring) -> Iterator[Network]:
    """The ledger, deployed if it is not yet, opened to write with the operator's account."""
    settings.data.mkdir(parents=True, exist_ok=True)
    operator = keyring[OPERATOR]
    with _chain(settings, operator) as chain:
        sender = Sender(chain, _operator_secret(settings, operator, chain))
        deployment = deployed(settings, chain, sender)
        database = open_database(settings.database_url)
        try:
            yield Network(database, Gateway(chain, deployment, settings.confirmations), sender)
        finally:
            database.close()


@contextmanager
def relaying(settings: Settings) -> Iterator[Relay]:
    """The operator's account, opened to send what partners signed.

    An embedded chain has one writer: it is held while the block runs. ChainLocked where another process has it.
    """
    operator = open_demo_keyring(settings)[OPERATOR]
    with _chain(settings, operator) as chain:
        yield Relay(chain, _operator_secret(settings, operator, chain))


def deployed(settings: Settings, chain: Chain, sender: Sender) -> Deployment:
    """The deployment in the data folder; made where there is none, with the operator as owner and registrar."""
    file = settings.deployment_file
    if file.exists():
        return Deployment.load(file)
    deployment = deploy(chain, sender, owner=sender.address, registrar=sender.address)
    file.parent.mkdir(parents=True, exist_ok=True)
    deployment.save(file)
    return deployment


@contextmanager
def _chain(settings: Settings, operator: Key | None) -> Iterator[Chain]:
    location = settings.chain_location
    if isinstance(location, Path) and operator is None and not location.exists():
        raise ConfigError(f"{location} is missing: run `provenance demo` first, or set PROVENANCE_DATA")
    genesis = _genesis(operator) if operator and settings.chain == EMBEDDED else None
    with connect(location, genesis, read_only=operator is None) as chain:
        yield chain


def _genesis(operator: Key) -> Genesis:
    """A chain that funds the well-known development accounts and, beside them, our own operator."""
    return Genesis(alloc=development_alloc() | {f"0x{operator.address.hex()}": OPERATOR_WEI})


def _operator_secret(settings: Settings, operator: Key, chain: Chain) -> bytes:
    """The key of the setting, else that of the encrypted file, else anvil's first account, else our own.

    An embedded chain has funded our own.
    """
    if settings.operator_key:
        return _secret(settings.operator_key.get_secret_value())
    if settings.operator_keystore:
        password = settings.operator_password.get_secret_value() if settings.operator_password else ""
        return read_keystore(settings.operator_keystore, password)
    if chain.chain_id == ANVIL_CHAIN_ID:
        return _secret(DEVELOPMENT_KEYS[0])
    address = f"0x{operator.address.hex()}"
    if int(chain.request("eth_getBalance", [address, "latest"]), 16) == 0:
        raise ConfigError(
            f"operator {address} has no coins on chain {chain.chain_id}: send it some, or set PROVENANCE_OPERATOR_KEY"
        )
    return operator.secret


def _secret(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise ConfigError("PROVENANCE_OPERATOR_KEY is no key: give 64 hex digits") from None


def open_bench(settings: Settings) -> Bench:
    """What judging submissions needs; the chain is opened when the first contract wallet is asked."""
    return Bench(Deployment.load(settings.deployment_file), _WalletAsker(settings))


def bench_if_deployed(settings: Settings) -> Bench | None:
    """What judging submissions needs; None where there is no deployment yet."""
    return open_bench(settings) if settings.deployment_file.exists() else None


class _WalletAsker:
    """Asks contract wallets, over one connection that is opened when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._chain: Chain | None = None

    def __call__(self, wallet: bytes, digest: bytes, signature: bytes) -> bool:
        with self._lock:
            if self._chain is None:
                self._chain = connect(self._settings.chain_location, read_only=True)
        return ask_wallet(self._chain, wallet, digest, signature)


class LedgerOpener:
    """The ledger on its chain, connected to when it is first asked for: a reader of the index alone needs no node."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._opened = ExitStack()
        self._gateway: Gateway | None = None

    def __call__(self) -> Gateway:
        """The ledger; ConfigError if there is none yet, ChainError or OSError where the node does not answer."""
        with self._lock:
            if self._gateway is None:
                deployment = Deployment.load(self._settings.deployment_file)
                chain = self._opened.enter_context(_chain(self._settings, None))
                self._gateway = Gateway(chain, deployment, self._settings.confirmations)
            return self._gateway

    def close(self) -> None:
        self._opened.close()


def serve_chain(settings: Settings, port: int, on_ready: Callable[[str], None]) -> None:
    """Runs the embedded chain as a JSON-RPC server until interrupted."""
    settings.data.mkdir(parents=True, exist_ok=True)
    genesis = _genesis(open_demo_keyring(settings)[OPERATOR])
    serve(settings.data / "chain.db", settings.host, port, genesis, on_ready=on_ready)


def open_index(settings: Settings) -> Database:
    """The index; made where there is none, empty until it is followed."""
    return open_database(settings.database_url)


def evidence_store(settings: Settings) -> EvidenceStore:
    """The folder of evidence; made when the first file is kept."""
    return EvidenceStore(settings.evidence_folder, settings.evidence_limit)


def factor_store(settings: Settings) -> FactorStore:
    """The folder of factor sets; made when the first set is kept."""
    return FactorStore(settings.data / "factors")
