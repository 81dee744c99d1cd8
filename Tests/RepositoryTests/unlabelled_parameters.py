#!/usr/bin/env python3
"""Lists functions of Swift files that have four or more parameters without a label.

    Tests/RepositoryTests/unlabelled_parameters.py Sources Tests

At a call nobody can check the order of such arguments. Prints a line for each, `FILE:LINE: NAME
(COUNT)`, and exits with 1 if there are any. Closures and subscripts are not looked at.
"""

import pathlib
import re
import sys

MOST = 3
DECLARATION = re.compile(r"\b(?:func\s+(?P<name>[^\s(<]+|[^\w\s]+\s)|(?P<init>init[?!]?))\s*(?:<[^({]*>)?\(")
PAIRS = {"(": ")", "[": "]", "{": "}"}


def without_comments(text):
    """The text with comments and strings replaced by spaces, each line where it was."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|#+".*?"#+|""".*?"""|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def parameters(text, start):
    """The parameters of a list that begins behind its parenthesis."""
    depth, part, parts = 0, "", []
    for character in text[start:]:
        if character in "([{<":
            depth += 1
        elif character in ")]}" or character == ">" and not part.endswith("-"):
            if depth == 0:
                break
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(part)
            part = ""
            continue
        part += character
    return [part.strip() for part in parts + [part] if part.strip()]


def main():
    found = 0
    for folder in sys.argv[1:]:
        for path in sorted(pathlib.Path(folder).rglob("*.swift")):
            text = without_comments(path.read_text(encoding="utf-8"))
            for match in DECLARATION.finditer(text):
                list_ = parameters(text, match.end())
                # A call of init has no types.
                if match["init"] and not all(":" in parameter for parameter in list_):
                    continue
                count = sum(re.match(r"(@\w+\s+)*_\s", parameter) is not None for parameter in list_)
                if count > MOST:
                    line = text.count("\n", 0, match.start()) + 1
                    print(f"{path}:{line}: {(match['name'] or 'init').strip()} ({count})")
                    found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
