"""Elements of QGIS's XML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

VERSION = "3.22.0-Białowieża"  # the version of QGIS whose XML this is
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def child(parent: Element, tag: str, text: str = "", /, **attributes: object) -> Element:
    """Add an element to another one, and return it.

    Args:
        parent: The other one.
        tag: Its name.
        text: Its text.
        attributes: Its attributes; names that Python reserves end in an underscore.
    """
    values = {name.rstrip("_"): printable(str(each)) for name, each in attributes.items()}
    element = SubElement(parent, tag, values)
    if text:
        element.text = printable(text)
    return element


def options(parent: Element, values: Mapping[str, object]) -> None:
    """Add a map of named values, as QGIS stores the properties of symbols.

    Args:
        parent: The element to add it to.
        values: Values by name.
    """
    group = child(parent, "Option", type="Map")
    for name, value in values.items():
        child(group, "Option", name=name, value=printable(str(value)), type="QString")


def printable(text: str) -> str:
    """Return text without the characters that XML cannot hold.

    Args:
        text: Any text.
    """
    return _NOT_XML.sub("", text)


def document(root: Element) -> str:
    """Return the text of a file whose outermost element is `qgis`.

    Args:
        root: That element.
    """
    ElementTree.indent(root, space=" ")
    return _DOCTYPE + ElementTree.tostring(root, encoding="unicode") + "\n"
