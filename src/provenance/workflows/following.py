"""Following: what the chain recorded becomes the index, checked record by record.

Each record is judged again by the rules, its head recomputed and the journal folded. A record that is missing,
added, altered or out of order gives another head or another journal. Such an answer, and any failure, is asked for
again in smaller ranges; what still does not add up then stops the following with a ChainError.

Blocks that are not final yet are linked by their parents' hashes. Where the chain has other blocks than the index,
the index is taken back to the last block that both have, and follows from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from provenance.errors import ChainError, ProvenanceError, StoreError
from provenance.ledger.deployment import Deployment
from provenance.ledger.records import Entry, Skip
from provenance.model.words import Journal
from provenance.store import index
from provenance.store.database import Database
from provenance.store.index import KnownBlock, Position
from provenance.store.submissions import Blocks, mark_indexed, mark_skipped, mark_undone
from provenance.workflows.pacing import Pace
from provenance.workflows.projecting import Incomplete, project, state_before
from provenance.workflows.ranges import ChainEnds, Range, Source, chain_ends, has_block, read_range

__all__ = ["BLOCKS_AT_ONCE", "Source", "follow"]

BLOCKS_AT_ONCE = 2_000


def follow(database: Database, source: Source, notice: Callable[[int], None] = lambda _: None) -> Position:
    """Brings the index up to the chain's head; ``notice`` hears how far it has come.

    Raises ChainError when what the node tells does not add up to the heads and the journal on chain, or when it
    fails again and again; what was indexed until then stays.
    """
    pace = Pace(BLOCKS_AT_ONCE)
    asked = 1
    while True:
        try:
            chain = chain_ends(source)
            position = _kept_position(database, source, chain)
            if position is not None and position.block >= chain.head:
                return _settled(database, source, position, chain)
            first = position.block + 1 if position else source.deployment.block
            asked = min(pace.blocks, max(1, chain.head - first + 1))
            read = read_range(source, position, chain, first, first + asked - 1)
            position = _write_range(database, source.deployment, position, chain, read)
        except StoreError:
            raise
        except Incomplete:
            _undo_unproven(database, source)
            if not pace.disproved():
                raise
        except Exception as failure:  # every provider fails in its own ways
            if not pace.failed(asked):
                raise _told(failure) from failure
            asked = max(1, asked // 2)
        else:
            pace.succeeded(asked, len(read.entries))
            notice(position.block if position else 0)


def _told(failure: Exception) -> Exception:
    if isinstance(failure, ProvenanceError | OSError):
        return failure
    return ChainError(
        f"the node answers what cannot be read ({type(failure).__name__}: {failure}); ask another"
    )


def _kept_position(database: Database, source: Source, chain: ChainEnds) -> Position | None:
    """The index's place in the chain, after undoing what the chain no longer has; None where nothing is left."""
    with database.reading() as connection:
        position = index.position(connection)
    if position is None:
        return None
    if position.ledger != source.deployment.ledger:
        database.drop_index()
        return None
    if chain.final >= position.finalized and has_block(source, position.block, position.hash):
        return position
    return _undo(
        database, source, position, chain.final if chain.final < position.finalized else position.block
    )


def _undo(database: Database, source: Source, position: Position, highest: int) -> Position | None:
    """Undoes everything after the last block, not after ``highest``, that index and chain both have."""
    with database.reading() as connection:
        fork = next(
            (
                known
                for known in index.known_blocks(connection)
                if known.number <= highest and has_block(source, known.number, known.hash)
            ),
            None,
        )
    return _undo_to(database, source.deployment, position, fork)


def _undo_to(
    database: Database, deployment: Deployment, position: Position, to: KnownBlock | None
) -> Position | None:
    opened = Journal.opened(deployment.chain_id, deployment.ledger)
    with database.writing() as connection:
        index.be_the_only_writer(connection)
        if index.position(connection) == position:  # else another follower was quicker
            mark_undone(connection, to.number if to else index.BEFORE_ALL)
            index.undo(connection, to, opened.to_word())
        return index.position(connection)


def _settled(database: Database, source: Source, position: Position, chain: ChainEnds) -> Position:
    """The position at the chain's head, once the whole journal is proven there and finality is noted."""
    if position.proven < position.block:
        _prove_at_head(source, position)
    _require_partners(database, source, position)
    reached = replace(position, head=chain.head, finalized=chain.final, proven=position.block)
    if reached != position:
        with database.writing() as connection:
            index.be_the_only_writer(connection)
            if index.position(connection) == position:
                index.note_progress(connection, reached)
                mark_indexed(
                    connection,
                    Blocks(position.block, position.block),
                    Blocks(position.finalized, chain.final),
                )
    return reached


def _require_partners(database: Database, source: Source, position: Position) -> None:
    with database.reading() as connection:
        known = index.partner_count(connection)
    enrolled = source.partner_count(position.block)
    if known != enrolled:
        raise Incomplete(
            f"{enrolled} partners are enrolled at block {position.block}, {known} were read: "
            "the node left something out; ask another"
        )


def _prove_at_head(source: Source, position: Position) -> None:
    """Compares the journal where every node can."""
    kept = source.journal(position.block)
    try:
        _require_journal(kept, Journal.from_word(position.journal), position.block)
    except ChainError as failure:
        raise Incomplete(str(failure)) from None


def _undo_unproven(database: Database, source: Source) -> None:
    """Takes the index back to where the journal proves it; to nothing where a change in the registry is missing.

    The journal covers the ledger's records alone, so nothing tells in which block the registry's change was.
    """
    with database.reading() as connection:
        position = index.position(connection)
    if position is None:
        return
    if position.proven < position.block:
        _undo(database, source, position, position.proven)
    else:
        _undo_to(database, source.deployment, position, None)


def _write_range(
    database: Database, deployment: Deployment, position: Position | None, chain: ChainEnds, read: Range
) -> Position | None:
    """The position after the range; another one where another follower was quicker."""
    with database.writing() as connection:
        index.be_the_only_writer(connection)
        now = index.position(connection)
        if (now and (now.block, now.hash)) != (position and (position.block, position.hash)):
            return now
        opened = Journal.opened(deployment.chain_id, deployment.ledger)
        journal = Journal.from_word(now.journal) if now else opened
        state = state_before(connection, deployment, journal, read.entries)
        projection = project(connection, state, read.entries)
        projection.unfinal_blocks += [
            {"number": b.number, "hash": b.hash, "time": b.time} for b in read.unfinal
        ]
        reached = _reached(deployment, now, chain, read, state.journal)
        index.write(connection, projection, reached)
        mark_skipped(connection, _skips(read.entries))
        block, final = (now.block, now.finalized) if now else (index.BEFORE_ALL, index.BEFORE_ALL)
        mark_indexed(connection, Blocks(block, reached.block), Blocks(final, reached.finalized))
    return reached


def _reached(
    deployment: Deployment, position: Position | None, chain: ChainEnds, read: Range, journal: Journal
) -> Position:
    end, proven = read.end, position.proven if position else deployment.block - 1
    if read.journal is not None:
        _require_journal(read.journal, journal, end.number)
        proven = end.number
    # What is not indexed yet is not final for readers; where finality ends is compared with this again.
    final = min(chain.final, end.number)
    word = journal.to_word()
    return Position(deployment.ledger, end.number, end.hash, end.time, word, final, chain.head, proven)


def _require_journal(kept: Journal, journal: Journal, block: int) -> None:
    if kept != journal:
        raise ChainError(
            f"the journal at block {block} counts {kept.count} records, those read count {journal.count}"
            f"{'' if kept.count != journal.count else ' and differ'}: the node left something out; ask another"
        )


def _skips(entries: Sequence[Entry]) -> list[tuple[bytes, bytes, str]]:
    return [
        (entry.place.transaction_hash, entry.item, str(entry.reason))
        for entry in entries
        if isinstance(entry, Skip) and entry.item is not None
    ]
