"""Texts that people wrote, made safe to show: Markdown, imported light HTML, plain excerpts.

Whatever is in them, they can say things and link to places, and nothing else.
"""

import re
from collections.abc import MutableMapping, Sequence
from functools import cache, lru_cache
from html import escape, unescape
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from chalicelib.domain.updates import Update

KINDS_OF_LINK = frozenset({"http", "https", "mailto"})
REL = "nofollow noopener"
_PLANES = "".join(f"{chr(n << 16)}-{chr((n << 16) + 0xFFFD)}" for n in range(1, 17))
# Left out: what neither XML nor HTML allows (controls, surrogates, noncharacters), and what turns the
# direction of all that follows (U+202A to U+202E); right-to-left languages need none of it.
_UNFIT = re.compile(f"[^\t\n\r -~\xa0-\u2029\u202f-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd{_PLANES}]")
_BREAK = "<br />"
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")


def clean(text: str) -> str:
    """The text without characters that break documents or hide what they say."""
    return _UNFIT.sub("", text)


def blocks(update: Update[Any]) -> str:
    """An update's body as HTML paragraphs and lists."""
    return _imported_blocks(update.body) if update.imported else _markdown_blocks(update.body)


def inline(update: Update[Any]) -> str:
    """An update's body as HTML that fits into one paragraph; a new line becomes a break."""
    return _imported_inline(update.body) if update.imported else _markdown_inline(update.body)


def excerpt(update: Update[Any], length: int) -> str:
    """The beginning of an update's body as plain text in one line, cut between words."""
    plain = _imported_plain(update.body) if update.imported else _markdown_plain(update.body)
    return _cut(plain, length)


def markdown(body: str) -> str:
    """A text that is no update's as HTML paragraphs and lists."""
    return _markdown_blocks(body)


def beginning(body: str, length: int) -> str:
    """The beginning of such a text; see `excerpt`."""
    return _cut(_markdown_plain(body), length)


def cells(texts: Sequence[str]) -> str:
    """The cells of a row of a table, of texts of one line each, which are escaped in one go."""
    joined = escape("\n".join(texts)).replace("\n", "</td> <td>")
    return f"<td>{joined}</td>"


def _cut(plain: str, length: int) -> str:
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
    return clean(_read(body).html)


def _imported_blocks(body: str) -> str:
    return f"<p>{_imported_inline(body)}</p>"


def _imported_plain(body: str) -> str:
    return "".join(_read(body).plain)


def _is_safe(url: str) -> bool:
    """Whether a link may stand: absolute, and of a kind that only leads somewhere."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return True
    return parts.scheme in KINDS_OF_LINK and host is not None and _HOST.fullmatch(host) is not None


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

_TAG = re.compile(r"<(/?)(br|b|strong|i|em|code|a)(?=[\s/>])([^<>]*)>", re.IGNORECASE)
_HREF = re.compile(r"""(?:^|[\s/"'])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


class _LightHtml:
    """Reads HTML and keeps a handful of tags; any other tag stays visible as the text it is.

    No HTML parser, on purpose: what is not one of these few tags is text, in time linear to its length.
    """

    def __init__(self, body: str) -> None:
        self.plain: list[str] = []
        self._written: list[str] = []
        self._open: list[str] = []
        at = 0
        for tag in _TAG.finditer(body):
            self._say(body[at : tag.start()])
            self._heed(bool(tag[1]), tag[2].lower(), tag[3])
            at = tag.end()
        self._say(body[at:])

    @property
    def html(self) -> str:
        """What was read, with every tag closed."""
        return "".join([*self._written, *(f"</{tag}>" for tag in reversed(self._open))])

    def _say(self, text: str) -> None:
        words = unescape(text)
        self.plain.append(words)
        self._written.append(escape(words, quote=False).replace("\n", _BREAK))

    def _heed(self, closes: bool, tag: str, attributes: str) -> None:
        if tag == "br":
            self._say("\n")
        elif closes:
            self._close(tag)
        elif tag not in self._open:
            self._begin(tag, attributes)

    def _begin(self, tag: str, attributes: str) -> None:
        attribute = ""
        if tag == "a":
            found = _HREF.search(attributes)
            href = normalizeLink(unescape("".join(found.groups(""))).strip() if found else "")
            if not _is_safe(href):
                return
            attribute = f' href="{escape(href)}" rel="{REL}"'
        self._open.append(tag)
        self._written.append(f"<{tag}{attribute}>")

    def _close(self, tag: str) -> None:
        if tag not in self._open:
            return
        while (last := self._open.pop()) != tag:
            self._written.append(f"</{last}>")
        self._written.append(f"</{tag}>")


def _read(body: str) -> _LightHtml:
    return _LightHtml(re.sub("\r\n?", "\n", clean(body)))
