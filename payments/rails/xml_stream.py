"""Reading a stranger's XML, element by element: the one door through which it comes in.

Entities are not resolved, the network is off, no document type is loaded and no part may be huge.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from lxml import etree


def read_elements(
    source: BinaryIO, names: Iterable[str], check_root: Callable[[etree._Element], None]
) -> Iterator[tuple[str, etree._Element]]:
    """Yield ``start`` and ``end`` of the named elements, whatever their namespace.

    Args:
        source: The message, from where it stands.
        names: Local names; the root's has to be among them.
        check_root: Refuses the first element by an exception of its own.

    Raises:
        etree.XMLSyntaxError: It is no XML, or cut off.
    """
    events = etree.iterparse(
        source,
        events=("start", "end"),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    is_first = True
    for event, element in events:
        if is_first:
            is_first = False
            check_root(element)
        yield event, element
