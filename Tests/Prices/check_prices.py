#!/usr/bin/env python3
"""Compare the built-in price list with public ones, and say how old each of them is.

    check_prices.py [--list FILE] [--on DAY] [--all] [LIST ...]

LIST is a wheel of litellm or genai-prices, LiteLLM's JSON file, or the data.py of genai-prices. Without one, installed packages of these names are read, then wheels in the current
folder. To get them:

    pip download --no-deps litellm genai-prices

A difference is a price that both lists have and that is not the same, a price above a threshold that
only one of them has, or a model of a vendor of the built-in list that only LIST has. What was looked
into is in settled.json with its reason, and is printed only with --all.
Exit code: 0 all differences are settled, 1 some are not, 2 wrong use.
"""
import argparse
import datetime
import fnmatch
import importlib.metadata
import json
import pathlib
import re
import sys

import price_lists

HERE = pathlib.Path(__file__).resolve().parent
BUILT_IN = HERE.parents[1] / "Sources/Pricing/prices.json"
SETTLED = HERE / "settled.json"
PACKAGES = ("litellm", "genai-prices")
# Where a list that names the vendor first has a model.
PREFIXES = {"gemini": "gemini/", "kimi": "moonshot/", "grok": "xai/", "mistral": "mistral/",
            "devstral": "mistral/", "codestral": "mistral/", "glm": "zai/", "qwen": "dashscope/",
            "minimax": "minimax/"}
# Names of models that a coding agent may use: not of sounds, pictures, embeddings and the like.
VENDOR = re.compile(
    r"(?:(?:gemini|moonshot|xai)/)?((?:claude|gpt|codex|chat|o[1-9]|gemini|kimi|grok)-?[^/]*)")
OTHER_KIND = re.compile(
    r"audio|realtime|image|tts|transcribe|embed|live|vision|robotics|search-|omni|veo|instruct|"
    r"computer-use|nano-banana|voice|translate|moderation|whisper|^ft:|safeguard|:|@")


class Difference:
    def __init__(self, list_name, model, field, ours, theirs):
        self.list, self.model, self.field, self.ours, self.theirs = (
            list_name, model, field, ours, theirs)

    def __str__(self):
        return f"{self.model}: {self.field}: ours {shown(self.ours)}, {self.list} {shown(self.theirs)}"


def shown(price):
    return "none" if price is None else f"{price.normalize():f}" if price else "0"


def titled(key):
    tier, above, field = key
    return " ".join(filter(None, [tier, field, f"above {above // 1000}k" if above else ""]))


def entry_of(public, name):
    """The prices of a model that our list calls so."""
    family = re.split(r"[-.0-9]", name)[0]
    spellings = [PREFIXES[family] + name] if family in PREFIXES else []
    if family == "minimax":
        spellings.append("minimax/" + name.replace("minimax-m", "MiniMax-M"))
    return next((found for found in map(public.find, [*spellings, name]) if found), None)


def compare(ours, public, names):
    """All differences; `names` has each model of ours with its aliases."""
    for model, aliases in names.items():
        own = ours.models[model]
        theirs = next((e for e in (entry_of(public, n) for n in [model, *aliases]) if e), None)
        if theirs is None:
            continue
        for key in sorted(own.keys() | theirs.keys()):
            tier, above, field = key
            mine, other = own.get(key), theirs.get(key)
            if mine is None and tier == "fast":
                mine = own.get(("priority", above, field))      # one price under two names
            if mine is None and field == "cache_write" and other <= theirs.get((tier, above, "input"), other):
                continue        # a write that costs what input does, or the price of storage
            if mine is None and field.startswith("cache") and other == own.get((tier, above, "input")):
                continue
            if other is None and not (above and theirs_has(theirs, tier)):
                continue        # their list says nothing about it
            if other is None and field.startswith("cache"):
                continue
            if mine != other and not (mine and other and abs(mine - other) <= mine / 10**6):
                yield Difference(public.name, model, titled(key), mine, other)
    known = {alias for model, aliases in names.items() for alias in [model, *aliases]}
    for model in sorted(public.models):
        match = VENDOR.fullmatch(model.split("/", 1)[-1] if public_names_vendor(public) else model)
        if match and not OTHER_KIND.search(match[1]) and undated(match[1]) not in known:
            if match[1] not in known:
                yield Difference(public.name, match[1], "model", None, public.models[model]["", 0, "input"])


def theirs_has(theirs, tier):
    return (tier, 0, "input") in theirs


def public_names_vendor(public):
    return all("/" in model for model in public.models)


def undated(name):
    return re.sub(r"-(\d{8}|\d{4}-\d\d-\d\d|latest)$", "", name)


class Settled:
    """Differences that were looked into, with their reasons."""

    def __init__(self, path):
        self.entries = json.loads(path.read_text()) if path.exists() else []
        self.used = set()

    def reason(self, difference):
        for i, entry in enumerate(self.entries):
            if all(fnmatch.fnmatchcase(getattr(difference, key), entry.get(key, "*"))
                   for key in ("list", "model", "field")):
                self.used.add(i)
                return entry["why"]
        return None


def installed(today):
    """The lists of installed packages, then those of wheels in the current folder."""
    lists = []
    for package in PACKAGES:
        try:
            files = importlib.metadata.files(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in files:
            if re.search(r"(^|/)(model_prices.*\.json|genai_prices/data\.py)$", str(file)):
                found = price_lists.read(file.locate(), today)
                found.name = f"{package}-{importlib.metadata.version(package)}"
                lists.append(found)
                break
    if lists:
        return lists
    wheels = [w for p in PACKAGES for w in pathlib.Path().glob(p.replace("-", "_") + "-*.whl")]
    return [price_lists.read(wheel, today) for wheel in wheels]


def age(day, today):
    return "no day named" if day is None else f"newest day named {day}, {(today - day).days} days ago"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--list", default=BUILT_IN, metavar="FILE", help="the list to check")
    parser.add_argument("--settled", default=SETTLED, type=pathlib.Path, metavar="FILE",
                        help="differences that were looked into")
    parser.add_argument("--on", default=None, metavar="DAY", help="compare the prices of that day")
    parser.add_argument("--all", action="store_true", help="print settled differences too")
    parser.add_argument("lists", nargs="*", metavar="LIST")
    options = parser.parse_args()
    try:
        today = datetime.date.fromisoformat(options.on) if options.on else datetime.date.today()
        ours = price_lists.read(options.list, today)
        publics = [price_lists.read(path, today) for path in options.lists] or installed(today)
        own = json.loads(pathlib.Path(options.list).read_text())["models"]
        settled = Settled(options.settled)
    except (price_lists.ListError, OSError, ValueError, KeyError) as error:
        print(f"check_prices.py: {error}", file=sys.stderr)
        return 2
    if not publics:
        print("check_prices.py: no public list; run pip download --no-deps litellm genai-prices",
              file=sys.stderr)
        return 2
    names = {model: entry.get("aliases", []) for model, entry in own.items()}
    print(f"{pathlib.Path(options.list).name}: {len(names)} models, as of {ours.newest}, "
          f"{(today - ours.newest).days} days ago" if ours.newest else f"{len(names)} models")
    found = set()
    open_count = settled_count = 0
    for public in publics:
        common = [m for m, aliases in names.items()
                  if any(entry_of(public, n) for n in [m, *aliases])]
        found |= set(common)
        print(f"{public.name}: {len(public.models)} models, {age(public.newest, today)}; "
              f"{len(common)} of ours are in it")
        for difference in compare(ours, public, names):
            why = settled.reason(difference)
            if why is None:
                open_count += 1
                print(f"  DIFFERS {difference}")
            else:
                settled_count += 1
                if options.all:
                    print(f"  settled {difference} ({why})")
    alone = sorted(set(names) - found)
    print(f"in none of them: {', '.join(alone) or 'no model of ours'}")
    for i, entry in enumerate(settled.entries):
        if i not in settled.used:
            print(f"settled, and does not differ now: {entry}")
    print(f"{open_count} differences, {settled_count} settled")
    return 1 if open_count else 0


if __name__ == "__main__":
    sys.exit(main())
