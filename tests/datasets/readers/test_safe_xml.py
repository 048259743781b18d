"""XML from strangers costs little and says what is wrong."""

from __future__ import annotations

import pytest

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_XML_ATTRIBUTES, MAX_XML_DEPTH
from datasets.readers import safe_xml
from datasets.readers.safe_xml import root_of, scan, tree


def test_root_is_found_behind_bom_comments_and_prefix():
    assert root_of(b"\xef\xbb\xbf<?xml version='1.0'?><!-- x -->\r\n<a:ink b='1'>").name == "ink"
    assert root_of("<?xml version='1.0' encoding='UTF-16'?><ink/>".encode("utf-16")).name == "ink"


@pytest.mark.parametrize("head", [b"", b"x,y\n1,2", b"{}", b"<", b"< not xml", b"\x89PNG\r\n"])
def test_root_of_what_is_no_xml_is_none(head):
    assert root_of(head) is None


def test_root_of_a_document_type_is_known_without_reading_its_entities():
    assert root_of(b'<!DOCTYPE ink [<!ENTITY a "b">]><ink>&a;</ink>').doctype == "ink"


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://example.org/x"> %b;]><a/>',
        b"<a>" * (MAX_XML_DEPTH + 1) + b"</a>" * (MAX_XML_DEPTH + 1),
        b"<a " + b" ".join(b'b%d="1"' % i for i in range(MAX_XML_ATTRIBUTES + 1)) + b"/>",
    ],
    ids=["entity", "external type", "parameter entity", "deep", "attributes"],
)
def test_hostile_xml_is_refused_with_the_name(data):
    with pytest.raises(HostileFileError, match=r"^exhibit\.xml: "):
        tree(data, "exhibit.xml")


def test_number_of_elements_is_bounded():
    seen = []
    with pytest.raises(HostileFileError, match="more than 10 XML elements"):
        scan(b"<a>" + b"<b/>" * 50 + b"</a>", "x.xml", lambda tag, _: seen.append(tag), lambda _: None, None, 10)
    assert len(seen) == 10


@pytest.mark.parametrize(
    "data",
    [b"<a><b>", b"<a></b>", b"<a>\xff\xfe</a>", b"<?xml version='1.0' encoding='klingon'?><a/>", b"<a b='1' b='2'/>"],
    ids=["cut off", "mismatched", "not UTF-8", "unknown encoding", "attribute twice"],
)
def test_broken_xml_is_unreadable_but_not_called_hostile(data):
    with pytest.raises(UnreadableFileError, match=r"^x\.xml: the XML ") as caught:
        tree(data, "x.xml")
    assert not isinstance(caught.value, HostileFileError)


def test_tree_keeps_text_across_comments_and_leaves_out_what_is_skipped():
    root = tree(b"<a><t>1 <!-- no -->2</t><s><t>3</t></s><u>4</u></a>", "x", skip=("s",), text_of=("t",))
    assert [(e.tag, e.text) for e in root] == [("t", "1 2"), ("u", None)]


def test_attributes_that_are_held_are_bounded(monkeypatch):
    monkeypatch.setattr(safe_xml, "MAX_XML_TREE_ATTRIBUTES", 5)
    assert len(tree(b"<ink><a b='' c=''/><a b='' c=''/></ink>", "x.xml")) == 2
    with pytest.raises(HostileFileError, match="more than 5 XML attributes"):
        tree(b"<ink><a b='' c=''/><a b='' c=''/><a b='' c=''/></ink>", "x.xml")
