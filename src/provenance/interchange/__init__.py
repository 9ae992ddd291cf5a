"""Pure mappings between how the outside world writes things down and our types: text in, types out."""
