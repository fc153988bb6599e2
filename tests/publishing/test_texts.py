"""Texts that people wrote: what they can say, and what they cannot do."""

from collections.abc import Callable
from dataclasses import replace
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.updates import ImportedUpdate, Update
from chalicelib.publishing.texts import KINDS_OF_LINK, blocks, clean, excerpt, inline
from tests.builders import NOW, an_update
from tests.publishing.reading import Reader

IMPORTED = ImportedUpdate(NOW, NOW)
HARMLESS = {"p", "br", "strong", "em", "b", "i", "a", "code", "pre", "ul", "ol", "li", "blockquote", "hr"}
HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\tscript:alert(1)">x</a>',
    '<a href="https://ok.example" onclick="alert(1)" style="position:fixed">x</a>',
    '<b onmouseover=alert(1)>x</b><i style="a:b">y',
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1)) [y](&#106;avascript:alert(1)) [z](data:text/html;base64,AAAA)",
    "[x](vbscript:x) <javascript:alert(1)> [rel](/admin) [proto](//evil.example)",
    '![x](https://evil.example/pixel.png) !["onload=x](javascript:x)',
    '[x](https://a.example/"onmouseover="alert(1) "title\\" onclick=x")',
    "[![p](https://evil.example/p.png)](https://ok.example)",
    "]]> --> <!-- <![CDATA[ x ]]> <!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]> &e; <?php x ?>",
    "&lt;script&gt; &#60;script&#62; &#x202e; &#0; &amp;lt;",
    "\u202eabc\u202c \u2066x\u2069 \x00\x01\x08\x0b\x1b[31m\x7f\x85\x9f\ufffe\uffff\U0001ffff\ud800 end",
    "{{ 7 * 7 }} {% include 'base.html' %} ${x} %(x)s {name}",
    "</p></div></main></body></html><h1>x</h1>",
    "<textarea><title><style>*{display:none}</style><plaintext>",
    "A" * 5000,
    "[x](https://:1[:) [y](http://[broken]/) [z](https://[::1]:8/) <mailto:a@b.example> <http://a:b>",
    "# Heading\n## Another\n\nTitle\n===\n",
    "<a href='https://ok.example'>not closed <b>nor this",
    "</b></a></p> closed <br/> <br / > < br > <",
    "[" * 300 + "x" + "](" * 300,
    '<a href="http://[broken">x</a> http://[broken <https://[::1> [x](http://[broken)',
]


def imported(body: str) -> Update[Any]:
    return an_update(body=body, imported=IMPORTED)


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("write", [blocks, inline])
@pytest.mark.parametrize("told", [an_update(), imported("x")], ids=["ours", "imported"])
def test_no_text_becomes_anything_but_words_and_harmless_links(
    body: str, write: Callable[[Update[Any]], str], told: Update[Any]
) -> None:
    html = write(replace(told, body=body))

    reader = Reader(html)
    assert {tag.name for tag in reader.tags} <= HARMLESS
    for tag in reader.tags:
        assert set(tag.attributes) <= {"href", "rel", "title", "class"}
        assert tag.name != "a" or str(tag.attributes["href"]).split(":")[0] in KINDS_OF_LINK
    assert clean(html) == html


@given(st.text(alphabet=st.sampled_from("ab <>?%&\"'/=!-[]()*_`#\n:;brihefaxjscript\u202e\x00"), min_size=1))
def test_any_text_comes_out_closed_and_harmless(body: str) -> None:
    for told in (body, "<a href='https://x.example'><b>" + body):
        for update in (an_update(body=told + "."), imported(told + ".")):
            assert {tag.name for tag in Reader(inline(update)).tags} <= HARMLESS


@pytest.mark.parametrize(
    ("body", "html"),
    [
        pytest.param("Some **very** slow", "<p>Some <strong>very</strong> slow</p>", id="emphasis"),
        pytest.param("one\ntwo", "<p>one<br />\ntwo</p>", id="a new line is a break"),
        pytest.param("# Big", "<p><strong>Big</strong></p>", id="a heading is a bold line"),
        pytest.param("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", id="a list is a list"),
        pytest.param(
            "[x](https://a.example/?b=1&c=2)",
            '<p><a href="https://a.example/?b=1&amp;c=2" rel="nofollow noopener">x</a></p>',
            id="a link leads away without our name",
        ),
        pytest.param(
            "![A *graph*](https://a.example/g.png)",
            '<p><a href="https://a.example/g.png" rel="nofollow noopener">A graph</a></p>',
            id="an image is a link to it",
        ),
        pytest.param(
            "![](https://a.example/g.png)",
            '<p><a href="https://a.example/g.png" rel="nofollow noopener">image</a></p>',
            id="an image without words is called image",
        ),
        pytest.param(
            "[![p](https://a.example/p.png)](https://b.example)",
            '<p><a href="https://b.example" rel="nofollow noopener">p</a></p>',
            id="an image in a link is its words",
        ),
        pytest.param("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>", id="HTML is text"),
    ],
)
def test_markdown_becomes(body: str, html: str) -> None:
    assert blocks(an_update(body=body)) == html


@pytest.mark.parametrize(
    ("body", "html"),
    [
        pytest.param("a<br />b<br>c", "a<br />b<br />c", id="breaks stay"),
        pytest.param("a\r\nb\rc\nd", "a<br />b<br />c<br />d", id="new lines are breaks"),
        pytest.param("a <b>b</b> <i>c</i>", "a <b>b</b> <i>c</i>", id="bold and italic stay"),
        pytest.param("<b><i>a</b>b", "<b><i>a</i></b>b", id="tags are closed in order"),
        pytest.param("<b>a", "<b>a</b>", id="what is left open is closed"),
        pytest.param("a</b></i>", "a", id="what was never opened is not closed"),
        pytest.param("<SOME/ALL> at <15:34 UTC>", "&lt;SOME/ALL&gt; at &lt;15:34 UTC&gt;", id="no tag: text"),
        pytest.param("< 1% & &amp;", "&lt; 1% &amp; &amp;", id="signs are escaped once"),
        pytest.param("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;", id="other tags are shown"),
        pytest.param(
            "<!-- a --><!X><?y><![z]>", "&lt;!-- a --&gt;&lt;!X&gt;&lt;?y&gt;&lt;![z]&gt;", id="all else too"
        ),
        pytest.param(
            '<a href="https://a.example" target="_blank">x</a>',
            '<a href="https://a.example" rel="nofollow noopener">x</a>',
            id="links stay",
        ),
        pytest.param('<a href="javascript:x">y</a><a>z</a>', "yz", id="unsafe links leave their words"),
        pytest.param(
            "<a href=https://a.example/b%20c?d=e|f>x</a>",
            '<a href="https://a.example/b%20c?d=e%7Cf" rel="nofollow noopener">x</a>',
            id="addresses are put right",
        ),
        pytest.param('<a href="https://:1/">x</a><a href="http://a.b:c">y</a>', "xy", id="no host, no link"),
        pytest.param("<B>x</B><B>y<b>z", "<b>x</b><b>yz</b>", id="capital letters and doubled tags"),
    ],
)
def test_imported_html_becomes(body: str, html: str) -> None:
    assert inline(imported(body)) == html
    assert blocks(imported(body)) == f"<p>{html}</p>"


def test_inline_markdown_keeps_its_lines() -> None:
    assert inline(an_update(body="a *b*\nc\n\n- d")) == "a <em>b</em><br />c<br /><br />- d"


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        pytest.param("**All** is [well](https://a.example) again", "All is well again", id="no marks"),
        pytest.param("# Big\n\n- one\n- two\nthree", "Big one two three", id="in one line"),
        pytest.param("`code` and\n\n```\nmore\n```", "code and more", id="code counts"),
        pytest.param("one two three four five", "one two three four…", id="cut between words"),
        pytest.param("one two, three, four, five", "one two, three…", id="no comma before the dots"),
        pytest.param("x" * 30, "x" * 20 + "…", id="a very long word is cut"),
    ],
)
def test_an_excerpt_is_plain(body: str, plain: str) -> None:
    assert excerpt(an_update(body=body), 20) == plain


def test_an_excerpt_of_an_imported_update_is_plain_too() -> None:
    assert excerpt(imported("a<br />b <b>c</b> &amp; <d>"), 20) == "a b c & <d>"


def test_other_scripts_and_joiners_stay_as_they_are() -> None:
    text = "日本語 עברית\u200f العربية 👩\u200d🚀 e\u0301 \xa0 line\u2028line \t\r\n"

    assert clean(text) == text


@pytest.mark.parametrize("bit", ["<a b ", '<a href="', "<", "&", "<b>", "<a href=", "[", "*_", "![["])
def test_a_long_hostile_text_takes_no_more_than_its_length(bit: str) -> None:
    body, began = bit * (30_000 // len(bit)), process_time()

    blocks(imported(body)), blocks(an_update(body=body))

    assert process_time() - began < 10
