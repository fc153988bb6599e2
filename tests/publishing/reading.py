"""Reading published files back, as browsers and feed readers do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

VOID = frozenset({"area", "base", "br", "hr", "img", "input", "link", "meta", "source", "wbr"})
ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass
class Tag:
    """One start tag that a reader met."""

    name: str
    attributes: dict[str, str | None] = field(default_factory=dict)


class Reader(HTMLParser):
    """Collects tags and visible words, and refuses what is not closed properly."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.words: list[str] = []
        self.inside: list[str] = []
        self.feed(html)
        self.close()
        assert not self.inside, f"left open: {self.inside}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(Tag(tag, dict(attrs)))
        if tag not in VOID:
            self.inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(Tag(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside:
            self.words.append(data)

    @property
    def text(self) -> str:
        """All visible words in one line."""
        return " ".join("".join(self.words).split())

    def named(self, name: str) -> Iterator[dict[str, str | None]]:
        """The attributes of every tag of this name."""
        return (tag.attributes for tag in self.tags if tag.name == name)


def page(body: bytes) -> Reader:
    """An HTML page."""
    return Reader(body.decode())


def xml(body: bytes) -> Any:
    """An XML document's root; it must be well-formed."""
    return etree.fromstring(body)


def tags(element: Any) -> list[str]:
    """The names of an element's children in order, without namespaces."""
    return [etree.QName(child).localname for child in element]
