"""Texts that people wrote, made safe to show: Markdown, imported light HTML, plain excerpts.

Whatever is in them, they can say things and link to places, and nothing else.
"""

import re
from collections.abc import MutableMapping, Sequence
from functools import cache, lru_cache
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from chalicelib.domain.incidents import Update

SCHEMES = frozenset({"http", "https", "mailto"})
REL = "nofollow noopener"
_LAST_TWO = "".join(chr(plane * 0x10000 + end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF))
# What neither XML nor HTML allows (controls, surrogates, noncharacters) and what turns the direction of all
# that follows (U+202A to U+202E); words of right-to-left languages need neither.
_UNFIT = re.compile(
    f"[^\t\n\r\x20-\x7e\xa0-\u2029\u202f-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]|[{_LAST_TWO}]"
)
_BREAK = "<br />"


def clean(text: str) -> str:
    """The text without characters that break documents or hide what they say."""
    return _UNFIT.sub("", text)


def blocks(update: Update) -> str:
    """An update's body as HTML paragraphs and lists."""
    return _imported_blocks(update.body) if update.imported else _markdown_blocks(update.body)


def inline(update: Update) -> str:
    """An update's body as HTML that fits into one paragraph; a new line becomes a break."""
    return _imported_inline(update.body) if update.imported else _markdown_inline(update.body)


def excerpt(update: Update, length: int) -> str:
    """The beginning of an update's body as plain text in one line, cut between words."""
    plain = _imported_plain(update.body) if update.imported else _markdown_plain(update.body)
    line = " ".join(clean(plain).split())
    if len(line) <= length:
        return line
    return line[:length].rsplit(" ", 1)[0].rstrip(" ,.;:-") + "…"


@lru_cache(maxsize=2048)
def _markdown_blocks(body: str) -> str:
    return clean(_markdown().render(clean(body)).strip())


@lru_cache(maxsize=2048)
def _markdown_inline(body: str) -> str:
    return clean(_markdown().renderInline(clean(body)).strip().replace(f"{_BREAK}\n", _BREAK))


def _markdown_plain(body: str) -> str:
    tokens = _markdown().parse(clean(body))
    return " ".join(_plain(token.children) if token.children else token.content for token in tokens)


def _plain(tokens: Sequence[Token]) -> str:
    breaks = {"softbreak", "hardbreak"}
    return "".join(" " if token.type in breaks else token.content for token in tokens)


@lru_cache(maxsize=2048)
def _imported_inline(body: str) -> str:
    return clean(_read(body).html())


def _imported_blocks(body: str) -> str:
    return f"<p>{_imported_inline(body)}</p>"


def _imported_plain(body: str) -> str:
    return "".join(_read(body).plain)


def _is_safe(url: str) -> bool:
    """Whether a link may stand: absolute, and of a kind that only leads somewhere."""
    try:
        return urlsplit(url.strip()).scheme in SCHEMES
    except ValueError:
        return False


# --- Markdown ---------------------------------------------------------------------------------------------


class _Renderer(RendererHTML):
    """CommonMark's HTML, where headings are bold lines and images are links to them.

    A heading in an update would break the page's outline; an image would call a third party.
    """

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        tokens[idx].attrSet("rel", REL)
        return self.renderToken(tokens, idx, options, env)

    def heading_open(self, *_: Any) -> str:
        return "<p><strong>"

    def heading_close(self, *_: Any) -> str:
        return "</strong></p>\n"

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        image = tokens[idx]
        words = escape(_plain(image.children or ()) or "image")
        if _is_inside_link(tokens[:idx]):
            return words
        return f'<a href="{escape(str(image.attrGet("src")))}" rel="{REL}">{words}</a>'


def _is_inside_link(before: Sequence[Token]) -> bool:
    kinds = [token.type for token in before]
    return kinds.count("link_open") > kinds.count("link_close")


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    markdown.validateLink = _is_safe  # type: ignore[method-assign]
    return markdown


# --- Light HTML, as other status pages hold it --------------------------------------------------------------


class _LightHtml(HTMLParser):
    """Reads HTML and keeps a handful of tags; any other tag stays visible as the text it is."""

    KEPT = frozenset({"b", "strong", "i", "em", "code", "a"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self.plain: list[str] = []
        self.open: list[str] = []

    def html(self) -> str:
        """What was read, with every tag closed."""
        return "".join([*self.written, *(f"</{tag}>" for tag in reversed(self.open))])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._break()
        elif tag not in self.KEPT or tag in self.open:
            self.handle_data(self.get_starttag_text() or "")
        else:
            self._open(tag, dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open:
            self.handle_data("" if tag in self.KEPT or tag == "br" else f"</{tag}>")
            return
        while (last := self.open.pop()) != tag:
            self.written.append(f"</{last}>")
        self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.plain.append(data)
        self.written.append(escape(data, quote=False).replace("\n", _BREAK))

    def set_cdata_mode(self, *_: Any, **__: Any) -> None:
        """Never: a script is text like any other."""

    def handle_comment(self, data: str) -> None:
        self.handle_data(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.handle_data(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self.handle_data(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self.handle_data(f"<?{data}>")

    def _break(self) -> None:
        self.plain.append("\n")
        self.written.append(_BREAK)

    def _open(self, tag: str, href: str) -> None:
        if tag == "a" and not _is_safe(href):
            return
        self.open.append(tag)
        self.written.append(f'<a href="{escape(href.strip())}" rel="{REL}">' if tag == "a" else f"<{tag}>")


def _read(body: str) -> _LightHtml:
    reader = _LightHtml()
    reader.feed(clean(body).replace("\r\n", "\n").replace("\r", "\n"))
    reader.close()
    return reader
