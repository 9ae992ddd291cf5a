"""A whole EVM chain in one SQLite file: py-evm executes, this package stores, serves and guards.

One operator writes it, so nothing is ever reorganised: ``latest``, ``safe`` and ``finalized`` are the same
block. The layers, lowest first: `genesis` and `forks` (the rules), `database` (the file), `builder` (one
block), `node` (the chain), `rpc` (Ethereum's JSON-RPC), `provider` (web3) and `server` (HTTP).
"""
