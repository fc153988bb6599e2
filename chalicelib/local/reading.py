"""What readers see of a published file, in its order: titles, texts, times, statuses and links.

Each thing seen has a field by which it is named, and the ids of what it stands in, the innermost first.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from operator import itemgetter
from typing import Any, NamedTuple

from lxml import etree  # type: ignore[import-untyped]

from chalicelib.domain.statuses import ComponentStatus, Impact, IncidentStatus, MaintenanceStatus

TITLE, TEXT, TIME, STATUS, LINK, SCRIPT = "title", "text", "time", "status", "link", "script"
FORM, LOOKS = "form", "looks"
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_LOOKS = frozenset({("path", "d"), ("path", "fill-rule"), ("svg", "viewbox"), ("symbol", "viewbox")})
"""Attributes that may be otherwise in another version: how things are drawn. Nothing else of a tag may.

In a picture that says something, a chart, none of these may but the class, and of that no status.
"""
_STATUSES = frozenset({*ComponentStatus, *IncidentStatus, *MaintenanceStatus, *Impact})

_HASH = re.compile(r"'sha256-[A-Za-z0-9+/=]{44}'")
_TAG = re.compile(
    r"""<(?:!doctype\ html|/[a-z][a-z0-9]*|[a-z][a-z0-9]*(?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*\s*/?)>""",
    re.VERBOSE,
)
"""A tag as our templates write it: one that browsers and Python read alike."""

_EVENT = re.compile(r"UID:maintenance-([a-z0-9-]{1,64})@")
_ADVISORY = re.compile(r'"?[0-9]{4}/([a-z0-9-]{1,64})\.json\b')
_PAGE = re.compile(r"/(incident|maintenance|security)s?/([a-z0-9-]{1,64})/(#follow-up-[a-z0-9-]{1,64})?\Z")
_CORRECTION = re.compile(r"correction-([1-9][0-9]{0,15})")
_KINDS = {"security": "advisory"}
_ROW = frozenset({"li", "tr"})
_NOTHING: tuple[str, ...] = ()

_ODD = re.compile(r"<.{0,40}", re.DOTALL)

_ELEMENTS = {
    "title": TITLE, "h1": TITLE, "h2": TITLE, "h3": TITLE, "time": TIME, "script": SCRIPT, "style": LOOKS,
}  # fmt: skip
_ATTRIBUTES = {
    "href": LINK, "src": LINK, "action": LINK, "datetime": TIME, "title": TEXT, "alt": TEXT,
    "aria-label": TEXT, "content": TEXT, "value": TEXT, "placeholder": TEXT,
}  # fmt: skip
"""What an attribute is; any other is named by itself."""

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
    return list(_lines(text))


def _lines(text: str) -> Iterator[Seen]:
    """Each line; in a calendar about the maintenance of its event, in a list of CSAF about its advisory."""
    lines, abouts = text.split("\n"), dict[int, tuple[str, ...]]()
    begin = 0
    for n, line in enumerate(lines):
        if line.startswith("BEGIN:VEVENT"):
            begin = n
        elif found := _EVENT.match(line):
            end = next((m for m in range(n, len(lines)) if lines[m].startswith("END:VEVENT")), n)
            abouts |= dict.fromkeys(range(begin, end + 1), (f"maintenance/{found[1]}",))
        elif found := _ADVISORY.match(line):
            abouts[n] = (f"advisory/{found[1]}",)
    return (Seen(f"line {n + 1}", line, abouts.get(n, ())) for n, line in enumerate(lines))


def _html(text: str) -> list[Seen]:
    reader = _Html()
    reader.feed(text)
    reader.close()
    return [*reader.seen, *_oddities(text)]


def _oddities(text: str) -> Iterator[Seen]:
    """What begins like a tag and is none of the form that we write: browsers may make something of it."""
    for odd in _ODD.finditer(_TAG.sub("", text)):
        yield Seen(FORM, odd[0])


class _Html(HTMLParser):
    """Walks a page; `_open` are the elements around: tag, field, id."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[Seen] = []
        self._open: list[tuple[str, str, str]] = []
        self._row, self._linked, self._on_card = 0, _NOTHING, False
        self._is_picture = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(reversed(attrs))
        if tag not in _VOID:
            self._open.append((tag, self._field(tag, known), _named(tag, known.get("id") or "")))
        is_card = tag == "article" and "card" in (known.get("class") or "").split()
        if is_card or (tag in _ROW and not self._on_card):
            self._row, self._linked, self._on_card = len(self.seen), _NOTHING, is_card
        if tag == "svg":
            self._is_picture = ("role", "img") in attrs
        self._see("element", tag)
        if tag == "a":
            self._linked = self._linked or _linked(dict(attrs).get("href") or "")
        for name, value in sorted(attrs, key=itemgetter(0)):
            if name == "class":
                self._see_statuses(value or "")
            elif self._is_picture or (tag, name) not in _LOOKS:
                field = STATUS if tag == "use" else _ATTRIBUTES.get(name, name)
                self._see(field, _without_looks(attrs, name, value or ""))

    def handle_endtag(self, tag: str) -> None:
        self._see("element", f"/{tag}")
        self._is_picture = self._is_picture and tag != "svg"
        if tag == "article" if self._on_card else tag in _ROW:
            self._end_row()
        while any(tag == it for it, _, _ in self._open) and self._open.pop()[0] != tag:
            pass

    def _end_row(self) -> None:
        """What stands in a row, or on a card with all its rows, is about what that leads to."""
        for n in range(self._row if self._linked else len(self.seen), len(self.seen)):
            self.seen[n] = self.seen[n]._replace(about=(*self.seen[n].about, *self._linked))
        self._row, self._linked, self._on_card = len(self.seen), _NOTHING, False

    def handle_data(self, data: str) -> None:
        field = self._open[-1][1] if self._open else TEXT
        if (words := " ".join(data.split())) and field != LOOKS:
            self._see(field, words)

    def handle_comment(self, data: str) -> None:
        """Browsers end a comment elsewhere than Python does: what stands in it may be seen."""
        self._see("comment", data)

    def handle_decl(self, decl: str) -> None:
        self._see(FORM, decl)

    def unknown_decl(self, data: str) -> None:
        self._see(FORM, data)

    def handle_pi(self, data: str) -> None:
        self._see(FORM, data)

    def _see_statuses(self, classes: str) -> None:
        """By which something has the colour of a status."""
        if named := [word for word in classes.split() if word in _STATUSES]:
            self._see(STATUS, " ".join(named))

    def _see(self, field: str, value: str) -> None:
        about = tuple(id for _, _, id in reversed(self._open) if id)
        self.seen.append(Seen(field, value, about))

    def _field(self, tag: str, known: dict[str, str | None]) -> str:
        """What the text of an element is: by itself, or by what it stands in."""
        if tag in _ELEMENTS:
            return _ELEMENTS[tag]
        if "word" in (known.get("class") or "").split():
            return STATUS
        return self._open[-1][1] if self._open else TEXT


def _named(tag: str, id: str) -> str:
    """The name of what an element with this id is about; the whole of a page is about nothing of its own."""
    if found := _CORRECTION.fullmatch(id):
        return f"correction/{found[1]}"
    return "" if tag == "main" else id.removeprefix("update-")


def _linked(href: str) -> tuple[str, ...]:
    """What a link leads to: the follow-up, and the subject whose page it is."""
    if not (found := _PAGE.match(href)):
        return _NOTHING
    subject = f"{_KINDS.get(found[1], found[1])}/{found[2]}"
    return (f"{subject}{found[3]}", subject) if found[3] else (subject,)


def _without_looks(attrs: list[tuple[str, str | None]], name: str, value: str) -> str:
    """What is said in an attribute, but for the picture of the page and the hash of its style."""
    if name == "content" and attrs[0] == ("http-equiv", "Content-Security-Policy"):
        return _HASH.sub("(hash)", value)
    is_icon = name == "href" and attrs[0] == ("rel", "icon") and value.startswith("data:image/svg+xml")
    return "(icon)" if is_icon else value


def _xml(body: bytes) -> Iterator[Seen]:
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as broken:
        raise Unparsable(str(broken)) from broken
    how = root.getroottree().docinfo
    yield Seen(FORM, " ".join(filter(None, (how.xml_version, how.encoding, how.doctype))))
    for node in (*reversed([*root.itersiblings(preceding=True)]), *root.iter(), *root.itersiblings()):
        if not isinstance(node.tag, str):
            yield Seen(FORM, str(node))
        else:
            yield from _element(node)
        if words := (node.tail or "").strip():
            yield Seen(TEXT, words)


def _element(element: Any) -> Iterator[Seen]:
    """An element by its whole name, its attributes, and what stands in it before the next one."""
    name, about = _local(element), _entry_of(element)
    depth = sum(1 for _ in element.iterancestors())
    yield Seen(_TAGS.get(name, name), f"{element.tag} at depth {depth}", about)
    for attribute, value in sorted(element.items()):
        yield Seen(LINK if attribute == "href" else f"{name}@{attribute}", value, about)
    if words := (element.text or "").strip():
        yield Seen(_TAGS.get(name, name), words, about)


def _entry_of(element: Any) -> tuple[str, ...]:
    """The id of the entry or item that an element stands in."""
    entry = next((it for it in (element, *element.iterancestors()) if _local(it) in ("entry", "item")), None)
    if entry is None:
        return ()
    return tuple(
        child.text or "" for child in entry.iterchildren(etree.Element) if _local(child) in ("id", "guid")
    )


def _local(element: Any) -> str:
    return str(etree.QName(element).localname)


def _json(text: str) -> Iterator[Seen]:
    try:
        document = json.loads(text, parse_float=_Number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as broken:
        raise Unparsable(str(broken)) from broken
    yield from _walk(document, "", ())


class _Number(str):
    """A number as it is written."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name that comes twice is not one that a reader can trust."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name comes twice")
    return dict(pairs)


def _walk(value: Any, path: str, about: tuple[str, ...]) -> Iterator[Seen]:
    if value == {}:
        yield Seen(path, "{}", about)
    elif isinstance(value, dict):
        known = value.get("id")
        about = (known, *about) if isinstance(known, str) else about
        owner = value.get("incident")
        about = (f"incident/{owner}", *about) if isinstance(owner, str) else about
        promised = value.get("follow_up")
        is_promise = isinstance(owner, str) and isinstance(promised, str)
        about = (f"incident/{owner}#follow-up-{promised}", *about) if is_promise else about
        for name, inner in sorted(value.items()):
            yield from _walk(inner, f"{path}.{name}" if path else name, about)
    elif isinstance(value, list):
        yield Seen(f"{path} (how many)", str(len(value)), about)
        for n, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{n}]", about)
    else:
        written = value if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
        yield Seen(path, written, about)
