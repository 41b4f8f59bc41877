"""What every page of the staff's admin is made of.

``pages`` shows records and writes none, ``filters`` narrows lists without reading whole tables,
``acts`` is the one form of a page on which a member of staff does something, ``sheets`` are pages
of another form, ``words`` writes amounts, ages and tables, ``amounts`` reads what is typed.
"""

from core.admin.acts import Act, Fact, ReasonForm
from core.admin.amounts import read_amount, typed_amount
from core.admin.filters import choice_filter, queue_filter, recent_filter, row_filter
from core.admin.pages import ReadOnlyAdmin, ReadOnlyInline, Tool, adds_tools
from core.admin.sheets import Sheet
from core.admin.words import (
    age_words,
    amount,
    link,
    moment_words,
    record_link,
    state_words,
    table,
)

__all__ = [
    "Act",
    "Fact",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "ReasonForm",
    "Sheet",
    "Tool",
    "adds_tools",
    "age_words",
    "amount",
    "choice_filter",
    "link",
    "moment_words",
    "queue_filter",
    "read_amount",
    "recent_filter",
    "record_link",
    "row_filter",
    "state_words",
    "table",
    "typed_amount",
]
