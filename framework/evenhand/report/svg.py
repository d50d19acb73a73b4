"""An SVG file made ready to stand inside an HTML page that allows no inline style.

Matplotlib writes a whole document: a header, ids such as ``axes_1`` that would clash between two charts of a page,
a style sheet for everything, and ``style`` attributes. Here it becomes one element with its own ids and with
presentation attributes instead of styles.
"""

from __future__ import annotations

import re
from html import escape
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML cannot hold, not even escaped
_DROPPED = {f"{_SVG}metadata", f"{_SVG}style", f"{_SVG}title"}

# Properties that SVG also knows as attributes; the family of fonts is left to the page.
_PROPERTIES = frozenset({
    "clip-path", "clip-rule", "fill", "fill-opacity", "fill-rule", "font-size", "font-style", "font-weight",
    "image-rendering", "opacity", "stroke", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap",
    "stroke-linejoin", "stroke-miterlimit", "stroke-opacity", "stroke-width", "text-anchor",
})


def inline_svg(data: bytes, name: str, alternative: str) -> str:
    """The SVG document as one element.

    Parameters
    ----------
    data : the document's bytes, as Matplotlib writes them.
    name : prefix of every id; unique within the page.
    alternative : what a reader who cannot see the chart is told.
    """
    root = ElementTree.fromstring(_ILLEGAL.sub("\ufffd", data.decode("utf-8")))
    _clean(root, name)
    box = root.get("viewBox", "0 0 1 1")
    inside = "".join(_written(child) for child in root)
    label = escape(alternative)
    return (f'<svg class="chart" id="{escape(name)}" viewBox="{escape(box)}" role="img" aria-label="{label}" '
            f'xmlns="http://www.w3.org/2000/svg">{inside}</svg>')


def _clean(element: ElementTree.Element, name: str) -> None:
    for child in list(element):
        if child.tag in _DROPPED or not isinstance(child.tag, str):
            element.remove(child)
        else:
            _clean(child, name)
            if child.tag == f"{_SVG}defs" and not len(child):
                element.remove(child)
    attributes = dict(element.attrib)
    element.attrib.clear()
    for declaration in attributes.pop("style", "").split(";"):
        key, _, value = declaration.partition(":")
        if key.strip() in _PROPERTIES:
            attributes[key.strip()] = value.strip()
    for key, value in attributes.items():
        if key == "id":
            # Only what something refers to keeps an id: groups are named for editors alone.
            if element.tag != f"{_SVG}g":
                element.set("id", f"{name}-{value}")
        elif key in (_XLINK, "href"):
            element.set("href", f"#{name}-{value[1:]}" if value.startswith("#") else value)
        else:
            element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))


def _written(element: ElementTree.Element) -> str:
    """Markup without namespaces and without blank lines between the elements."""
    tag = element.tag.removeprefix(_SVG)
    attributes = "".join(f' {key}="{escape(" ".join(value.split()))}"' for key, value in element.attrib.items())
    text = escape(element.text) if element.text and element.text.strip() else ""
    inside = text + "".join(_written(child) for child in element)
    return f"<{tag}{attributes}>{inside}</{tag}>" if inside else f"<{tag}{attributes}/>"
