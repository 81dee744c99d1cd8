#!/usr/bin/env python3
"""Lists imports of targets of this package that Package.swift does not list for the importing target.

    Tests/RepositoryTests/target_imports.py

A debug build finds such a module when another target happens to have built it; a build of one product
does not. Prints a line for each, `TARGET: FILE imports MODULE`, and exits with 1 if there are any.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = re.compile(r"\.(?P<kind>target|executableTarget|testTarget|systemLibrary)\(\s*name: \"(?P<name>[^\"]+)\"")
IMPORT = re.compile(r"^(?:@\w+ )*(?:public |package |internal )?import (\w+)", re.MULTILINE)


def targets():
    """Each target's name, folder and text in the manifest."""
    text = (ROOT / "Package.swift").read_text(encoding="utf-8")
    starts = list(TARGET.finditer(text))
    for start, end in zip(starts, starts[1:] + [None]):
        body = text[start.start() : end.start() if end else len(text)]
        path = re.search(r'path: "([^"]+)"', body)
        kind = "Tests" if start["kind"] == "testTarget" else "Sources"
        yield start["name"], ROOT / (path[1] if path else f"{kind}/{start['name']}"), body


def main():
    found = list(targets())
    own = {name for name, _, _ in found}
    problems = []
    for name, folder, body in found:
        listed = re.search(r"dependencies: \[(.*?)\]", body, re.DOTALL)
        allowed = set(re.findall(r'"([^"]+)"', listed[1])) if listed else set()
        for file in sorted(folder.rglob("*.swift")):
            for module in IMPORT.findall(file.read_text(encoding="utf-8")):
                module = module.replace("_", "-") if module.replace("_", "-") in own else module
                if module in own and module != name and module not in allowed:
                    problems.append(f"{name}: {file.relative_to(ROOT)} imports {module}")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
