"""The chain: the only package that talks to web3 and to an EVM."""
