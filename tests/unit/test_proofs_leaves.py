"""Parts of what was signed together are proven from the leaves' hashes alone."""

from hypothesis import given
from hypothesis import strategies as st

from provenance.model.hashing import keccak
from provenance.model.messages import Intake
from provenance.proofs.eip712 import SignedTree, tree_hash
from provenance.proofs.leaves import Leaves


def intakes(count: int) -> SignedTree:
    return SignedTree(tuple(Intake(keccak(bytes([i % 256, i // 256])), 1, 0, 9) for i in range(count)))


@given(st.data())
def test_every_part_leads_to_the_signed_hash(data: st.DataObject) -> None:
    """Walking the leaves part by part covers each once, and each part with its path is what was signed."""
    tree = intakes(data.draw(st.integers(1, 70)))
    longest = 1 << data.draw(st.integers(0, 7))
    leaves = Leaves.from_bytes(Intake, b"".join(tree.hashes))
    first = 0
    while first < len(tree.hashes):
        count = leaves.part(first, longest)
        assert 1 <= count <= longest
        index, path = leaves.place(first, count)
        assert tree_hash(Intake, tree.hashes[first : first + count], index, path) == tree.struct_hash
        first += count
    assert first == len(tree.hashes)


@given(st.integers(2, 70), st.data())
def test_leaves_that_are_no_subtree_are_no_part(count: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, count - 1))
    many = data.draw(st.integers(1, count - first))
    tree = intakes(count)
    leaves = Leaves(Intake, tree.hashes)
    if leaves.is_part(first, many):
        index, path = leaves.place(first, many)
        assert tree_hash(Intake, tree.hashes[first : first + many], index, path) == tree.struct_hash
    else:
        size = 1 << (many - 1).bit_length()
        assert first % size or (many != size and first + many != count)
