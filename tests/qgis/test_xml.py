"""Elements of QGIS's XML."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from slidelens.qgis.xml import child, document, options, printable


def test_names_that_python_reserves_end_in_an_underscore() -> None:
    root = Element("qgis")
    child(root, "layer", class_="Fill", symbol=3)
    assert dict(root[0].attrib) == {"class": "Fill", "symbol": "3"}


def test_text_of_any_kind_can_be_read_again() -> None:
    root = Element("qgis")
    child(root, "title", "a < b & c \0ü")
    options(root, {"name": 'x "y" \x1b'})
    read = ElementTree.fromstring(document(root))
    assert read.findtext("title") == "a < b & c ü"
    assert read.find("Option/Option[@name='name']") is not None
    assert printable("a\x0bb\n") == "ab\n"
