"""What readers see of a published file, in its order: titles, texts, times, statuses and links.

Each thing seen has a field by which it is named, and the ids of what it stands in, the innermost first.
"""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, NamedTuple

from lxml import etree  # type: ignore[import-untyped]

TITLE, TEXT, TIME, STATUS, LINK, SCRIPT = "title", "text", "time", "status", "link", "script"
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_UNSEEN = frozenset({"viewport", "color-scheme"})
_ELEMENTS = {
    "title": TITLE, "h1": TITLE, "h2": TITLE, "h3": TITLE, "time": TIME, "script": SCRIPT, "style": "style",
}  # fmt: skip
_ATTRIBUTES = {
    "href": LINK, "src": LINK, "action": LINK, "datetime": TIME, "title": TEXT, "alt": TEXT,
    "aria-label": TEXT, "content": TEXT, "value": TEXT, "placeholder": TEXT,
}  # fmt: skip
_TAGS = {
    "title": TITLE, "updated": TIME, "published": TIME, "pubDate": TIME, "link": LINK, "guid": LINK,
    "content": TEXT, "description": TEXT, "id": "id",
}  # fmt: skip


class Unparsable(ValueError):
    """The file is not what its name says."""


class Seen(NamedTuple):
    """One thing that a reader sees; `about` is not part of what is compared."""

    field: str
    value: str
    about: tuple[str, ...] = ()


def seen(key: str, body: bytes) -> list[Seen]:
    """What readers see of the file with this key; `Unparsable` if its form is broken."""
    try:
        text = body.decode()
    except UnicodeDecodeError as broken:
        raise Unparsable("not UTF-8") from broken
    match key.rpartition(".")[2]:
        case "html":
            return _html(text)
        case "rss" | "atom":
            return list(_xml(body))
        case "json":
            return list(_json(text))
    return [Seen(f"line {n}", line) for n, line in enumerate(text.split("\n"), start=1)]


def _html(text: str) -> list[Seen]:
    reader = _Html()
    reader.feed(text)
    reader.close()
    return reader.seen


class _Html(HTMLParser):
    """Walks a page; `_open` are the elements around: tag, field, id."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[Seen] = []
        self._open: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag not in _VOID:
            self._open.append((tag, self._field(tag, known), known.get("id") or ""))
        if tag == "meta" and ("http-equiv" in known or known.get("name") in _UNSEEN):
            return
        for name, value in attrs:
            if tag == "use":
                self._see(STATUS, value or "")
            elif name in _ATTRIBUTES and not (tag == "link" and known.get("rel") == "icon"):
                self._see(_ATTRIBUTES[name], value or "")

    def handle_endtag(self, tag: str) -> None:
        while any(tag == it for it, _, _ in self._open) and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if words := " ".join(data.split()):
            self._see(self._open[-1][1] if self._open else TEXT, words)

    def _see(self, field: str, value: str) -> None:
        if field != "style":
            about = tuple(id.removeprefix("update-") for _, _, id in reversed(self._open) if id)
            self.seen.append(Seen(field, value, about))

    def _field(self, tag: str, known: dict[str, str | None]) -> str:
        """What the text of an element is: by itself, or by what it stands in."""
        if tag in _ELEMENTS:
            return _ELEMENTS[tag]
        if "word" in (known.get("class") or "").split():
            return STATUS
        return self._open[-1][1] if self._open else TEXT


def _xml(body: bytes) -> Iterator[Seen]:
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as broken:
        raise Unparsable(str(broken)) from broken
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        about = _entry_of(element)
        for attribute, value in sorted(element.items()):
            yield Seen(LINK if attribute == "href" else f"{name}@{attribute}", value, about)
        if words := (element.text or "").strip():
            yield Seen(_TAGS.get(name, name), words, about)


def _entry_of(element: Any) -> tuple[str, ...]:
    """The id of the entry or item that an element stands in."""
    entry = next((it for it in (element, *element.iterancestors()) if _local(it) in ("entry", "item")), None)
    if entry is None:
        return ()
    return tuple(child.text or "" for child in entry if _local(child) in ("id", "guid"))


def _local(element: Any) -> str:
    return str(etree.QName(element).localname)


def _json(text: str) -> Iterator[Seen]:
    try:
        document = json.loads(text, parse_float=str, object_pairs_hook=_once)
    except (ValueError, RecursionError) as broken:
        raise Unparsable(str(broken)) from broken
    yield from _walk(document, "", ())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name that comes twice is not one that a reader can trust."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name comes twice")
    return dict(pairs)


def _walk(value: Any, path: str, about: tuple[str, ...]) -> Iterator[Seen]:
    if isinstance(value, dict):
        known = value.get("id")
        about = (known, *about) if isinstance(known, str) else about
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}" if path else name, about)
    elif isinstance(value, list):
        yield Seen(f"{path} (how many)", str(len(value)), about)
        for n, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{n}]", about)
    else:
        yield Seen(path, json.dumps(value, ensure_ascii=False), about)
