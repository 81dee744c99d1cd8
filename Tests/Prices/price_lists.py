"""Public price lists and this project's own, read into one form.

A list is {model: {(tier, above, field): Decimal}}: tier is "" or one of fast, priority, flex, batch;
above is a threshold in tokens, 0 for all requests; field is input, output, cache_read, cache_write,
cache_write_1h (dollars per million tokens), web_searches (dollars per 1,000) or us (a factor).
Standard library only; what a package holds is parsed and never run.
"""
import ast
import datetime
import json
import pathlib
import re
import zipfile
from decimal import Decimal

CLASSES = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
TIERS = ("fast", "priority", "flex", "batch")
DATE = re.compile(r"\b(20[2-9]\d)-(\d\d)-(\d\d)\b")


class ListError(Exception):
    """A file that is not a price list."""


class PriceList:
    """A list with its name, its prices today, and the newest day that it names."""

    def __init__(self, name, models, newest, find=None):
        self.name, self.models, self.newest = name, models, newest
        self._find = find or self.models.get

    def find(self, name):
        """The prices of a model, or None."""
        return self._find(name)


def newest_date(texts, today):
    """The newest day that is named and not in the future; None if no day is named."""
    newest = None
    for text in texts:
        for match in DATE.finditer(text):
            try:
                day = datetime.date(*map(int, match.groups()))
            except ValueError:
                continue
            if day <= today and (newest is None or day > newest):
                newest = day
    return newest


def read(path, today):
    """Reads a list: a wheel, a JSON file, or the data.py of genai-prices."""
    path = pathlib.Path(path)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            for inner in wheel.namelist():
                base = inner.rsplit("/", 1)[-1]
                if (base.startswith("model_prices") and base.endswith(".json")
                        or inner == "genai_prices/data.py"):
                    name = "-".join(path.name.split("-")[:2])
                    return parse(wheel.read(inner).decode(), base, name, today)
        raise ListError(f"{path}: no price list is in this wheel")
    return parse(path.read_text(), path.name, str(path), today)


def parse(text, file_name, name, today):
    if file_name.endswith(".py"):
        return read_genai(text, name if name.startswith("genai") else f"genai-prices {name}", today)
    try:
        value = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except ValueError as error:
        raise ListError(f"{name}: {error}") from error
    if not isinstance(value, dict):
        raise ListError(f"{name}: not an object of models")
    if "models" in value:
        return read_own(value, name, today)
    return read_litellm(value, name if name.startswith("litellm") else f"litellm {name}", today)


# ---------------------------------------------------------------- this project's own form


def read_own(value, name, today):
    models = {}
    for model, entry in value["models"].items():
        prices = sorted(entry.get("prices", [entry]), key=lambda price: price.get("from", ""))
        now = [p for p in prices if p.get("from", "")[:10] <= today.isoformat()] or prices[:1]
        flat = flatten_own(now[-1])
        for alias in [model, *entry.get("aliases", [])]:
            models[alias] = flat
    day = value.get("date")
    return PriceList(name, models, datetime.date.fromisoformat(day) if day else None)


def flatten_own(price):
    flat = {}

    def put(tier, card, factor=None):
        long = card.get("long_context") or []
        for part in [card, *(long if isinstance(long, list) else [long])]:
            above = int(part.get("above", 0))
            for field in CLASSES:
                if field in part:
                    flat[tier, above, field] = part[field] * (factor or 1)

    put("", price)
    for tier, card in price.get("tiers", {}).items():
        if isinstance(card, dict):
            put(tier, card)
        else:
            put(tier, price, card)
    if "fast" in price:
        put("fast", price, price["fast"])
    for field in ("web_searches", "us"):
        if field in price:
            flat["", 0, field] = price[field]
    return flat


# ---------------------------------------------------------------- LiteLLM's form

LITELLM = {
    "input_cost_per_token": "input", "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "cache_creation_input_token_cost": "cache_write",
}
LITELLM_KEY = re.compile(
    "(" + "|".join(LITELLM) + r")(?:_above_(\d+)k_tokens)?(?:_(priority|flex|batches))?")


def read_litellm(value, name, today):
    models, texts = {}, []
    for model, entry in value.items():
        if not isinstance(entry, dict) or model == "sample_spec":
            continue
        texts.append(model)
        texts += [v for k, v in entry.items() if isinstance(v, str) and k != "deprecation_date"]
        flat = flatten_litellm(entry)
        if flat:
            models[model] = flat
    if not models:
        raise ListError(f"{name}: no model in it is paid by the token")
    return PriceList(name, models, newest_date(texts, today))


def flatten_litellm(entry):
    flat = {}
    for key, price in entry.items():
        match = LITELLM_KEY.fullmatch(key)
        if match and isinstance(price, Decimal):
            tier = {"batches": "batch", None: ""}.get(match[3], match[3])
            flat[tier, int(match[2] or 0) * 1000, LITELLM[match[1]]] = price * 10**6
    for part in entry.get("tiered_pricing") or []:
        above = part.get("range", [None])[0]
        for key, field in LITELLM.items():
            if above is not None and key in part:
                flat["", int(above), field] = part[key] * 10**6
    if ("", 0, "input") not in flat or ("", 0, "output") not in flat:
        return {}
    special = entry.get("provider_specific_entry") or {}
    if "us" in special:
        flat["", 0, "us"] = special["us"]
    if "fast" in special:
        flat.update({("fast", above, field): price * special["fast"]
                     for (tier, above, field), price in list(flat.items())
                     if tier == "" and field in CLASSES})
    search = (entry.get("search_context_cost_per_query") or {}).get("search_context_size_medium")
    if search is not None:
        flat["", 0, "web_searches"] = search * 1000
    return flat


# ---------------------------------------------------------------- genai-prices

GENAI = {
    "input_mtok": "input", "output_mtok": "output", "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write", "cache_write_1h_mtok": "cache_write_1h",
    "web_searches_kcount": "web_searches",
}
VENDORS = ("anthropic", "openai", "google", "moonshotai", "x-ai", "mistral", "zai", "minimax")


def read_genai(text, name, today):
    providers = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "providers":
            providers = {provider["id"]: provider for provider in literal(node.value)}
    if not providers:
        raise ListError(f"{name}: no list of providers is in it")
    models, matches = {}, []
    for vendor in VENDORS:
        for model in providers.get(vendor, {}).get("models", []):
            flat = flatten_genai(model, today)
            if flat:
                models[f"{vendor}/{model['id']}"] = flat
                matches.append((model["match"], flat))

    def find(wanted):
        return next((flat for match, flat in matches if does_match(match, wanted)), None)

    # Days are written as datetime.date(2026, 10, 14) too.
    days = ("-".join(f"{int(part):02}" for part in match.groups())
            for match in re.finditer(r"datetime\.date\((\d+), (\d+), (\d+)\)", text))
    return PriceList(name, models, newest_date([text, *days], today), find)


def literal(node):
    """The value of an expression of constants and calls; a call is a dict of its arguments."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [literal(element) for element in node.elts]
    if isinstance(node, ast.Dict):
        return {literal(k): literal(v) for k, v in zip(node.keys, node.values)}
    if isinstance(node, ast.UnaryOp):
        return -literal(node.operand)
    if isinstance(node, ast.Call):
        function = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        if function == "Decimal":
            return Decimal(literal(node.args[0]))
        if function == "date":
            return datetime.date(*map(literal, node.args))
        return {"call": function, **{k.arg: literal(k.value) for k in node.keywords}}
    return ast.unparse(node)


def does_match(clause, name):
    if not isinstance(clause, dict):
        return False
    for key, test in (("equals", name.__eq__), ("starts_with", name.startswith),
                      ("ends_with", name.endswith), ("contains", name.__contains__)):
        if key in clause:
            return test(clause[key])
    if "regex" in clause:
        return re.search(clause["regex"], name) is not None
    if "or_" in clause:
        return any(does_match(part, name) for part in clause["or_"])
    return all(does_match(part, name) for part in clause.get("and_", [])) and "and_" in clause


def holds(constraint, today):
    """Whether a condition on the day is met; None for one on the time of day."""
    if not constraint:
        return True
    start = constraint.get("start_date")
    return start <= today if isinstance(start, datetime.date) else None


def flatten_genai(model, today):
    prices = model["prices"]
    if isinstance(prices, list):
        states = [holds(price.get("constraint"), today) for price in prices]
        if None in states:
            return {}
        now = [price for price, state in zip(prices, states) if state]
        prices = now[-1]["prices"] if now else {}
    flat = {}

    def put(tier, card):
        for key, field in GENAI.items():
            price = card.get(key)
            if isinstance(price, dict):
                flat[tier, 0, field] = Decimal(price["base"])
                for step in price["tiers"]:
                    # xAI's begin at 200,000 tokens, which is above 199,999.
                    above = (int(step["start"]) + 1) // 1000 * 1000
                    flat[tier, above, field] = Decimal(step["price"])
            elif price is not None and (field != "web_searches" or tier == ""):
                flat[tier, 0, field] = Decimal(price)

    put("", prices)
    if ("", 0, "input") not in flat or ("", 0, "output") not in flat:
        return {}
    for variant in model.get("price_variants") or []:
        when = variant.get("when") or {}
        tier = ("batch" if when.get("processing") == "batch" else "fast" if when.get("speed") == "fast"
                else when.get("service_tier"))
        is_second = any(key[0] == tier for key in flat)
        if tier in TIERS[1:] + ("fast",) and not is_second and holds(variant.get("constraint"), today):
            put(tier, variant["prices"])
    return flat
