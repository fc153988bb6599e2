"""The templates: found beside app.py, strict about what they are given.

They are compiled once per process, or where the deployable was made: it carries them as Python modules.
"""

import hashlib
import re
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import BaseLoader, Environment, FileSystemLoader, ModuleLoader, StrictUndefined
from markupsafe import Markup

from chalicelib.publishing import localtimes
from chalicelib.publishing.texts import beginning, blocks, cells, clean, excerpt, markdown

FOLDER = Path(__file__).parents[2] / "templates"
COMPILED = FOLDER.with_name("templates_compiled")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AROUND = re.compile(r"\s*([{}:;,>])\s*")


def render(template: str, **values: Any) -> str:
    """A template with these values, without any character that breaks documents."""
    return clean(environment().get_template(template).render(values)).strip() + "\n"


def word(kind: str, key: str, /, **values: str) -> str:
    """One of the words for people, which all stand in `parts/words.html`."""
    words: dict[str, str] = getattr(environment().get_template("parts/words.html").module, kind)
    return str(words[key]).format(**values)


def compile_into(folder: Path) -> None:
    """Write each template as a module; found at `COMPILED`, they stand in for the templates themselves."""
    made = _environment(FileSystemLoader(FOLDER))
    made.compile_templates(folder, extensions=["html"], zip=None, ignore_errors=False)


@cache
def environment() -> Environment:
    """All templates, and what each of them may use."""
    return _environment(ModuleLoader(COMPILED) if COMPILED.is_dir() else FileSystemLoader(FOLDER))


def _environment(loader: BaseLoader) -> Environment:
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    style, script = _small(_asset("style.css")), _short(_asset("promise.js"))
    made.globals |= {
        "style": Markup(style),  # noqa: S704 (ours)
        "style_hash": _hash(style),
        "script": Markup(script),  # noqa: S704 (ours)
        "script_hash": _hash(script),
        "span": localtimes.span,
        "span_shown": localtimes.span_shown,
        "day_run": localtimes.day_run,
        "icon": "data:image/svg+xml," + quote(_asset("icon.svg").strip(), safe="/:='"),
    }
    made.filters |= {
        "blocks": lambda update: Markup(blocks(update)),  # noqa: S704 (made safe there)
        "excerpt": excerpt,
        "markdown": lambda body: Markup(markdown(body)),  # noqa: S704 (made safe there)
        "beginning": beginning,
        "machine": localtimes.machine,
        "took": localtimes.took,
        "weekday": localtimes.weekday,
        "month_name": localtimes.month_name,
        "short_day": localtimes.short_day,
        "lasted": localtimes.lasted,
        "cells": lambda texts: Markup(cells(texts)),  # noqa: S704 (made safe there)
        "thousands": localtimes.thousands,
        "milliseconds": localtimes.milliseconds,
        "short_month_name": localtimes.short_month_name,
    }
    return made


def _asset(name: str) -> str:
    return (FOLDER / "assets" / name).read_text("utf-8")


def _hash(text: str) -> str:
    """By what a Content-Security-Policy knows an inline style or script."""
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _short(js: str) -> str:
    """The script without comments and indentation."""
    return "\n".join(line.strip() for line in _COMMENT.sub("", js).splitlines() if line.strip())


def _small(css: str) -> str:
    """The style sheet without comments and without blanks that mean nothing."""
    return _AROUND.sub(r"\1", " ".join(_COMMENT.sub("", css).split())).replace(";}", "}")
