"""Runs kept inputs once more, so that the lines they reach can be counted: instrumented code hides them."""

import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType

if __name__ == "__main__":
    # The harness as it is, without Atheris' instrumentation of its imports.
    plain = ModuleType("atheris")
    plain.instrument_imports = lambda **_: nullcontext()  # type: ignore[attr-defined]
    sys.modules["atheris"] = plain
    sys.path.insert(0, str(Path(__file__).parent))
    import harness

    count = 0
    for folder in sys.argv[1:]:
        for file in sorted(Path(folder).iterdir()):
            harness.run_one(file.read_bytes())
            count += 1
    print(f"{count} inputs")
