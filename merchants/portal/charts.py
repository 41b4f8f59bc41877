"""Charts as SVG text, drawn on the server: no script, prints, follows the theme by CSS classes.

Everything here is whole numbers in and text out. A plot is drawn in its own small coordinate
system and stretched by the browser, while the words around it stay HTML, so that they keep
their size on a phone. Colours are in ``static/css/parts.css``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_SLOT = 20  # Width of one bar with its gap.
_BAR_INSET = 3
_HEIGHT = 200
_TICKS = 4
_SPARK_WIDTH = 84
_SPARK_HEIGHT = 28
_SPARK_MARGIN = 2
_NICE = (4, 8, 10, 20)  # Quarters of a power of ten: 1, 2, 2.5 and 5.


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot.

    Attributes:
        height: Its value, in any whole unit, 0 or more.
        before: The same slot of the period before, or None when there is none.
        tip: Words shown when the pointer rests on it.
    """

    height: int
    before: int | None
    tip: str


def nice_step(largest: int) -> int:
    """Return the smallest round step (1, 2, 2.5 or 5 times a power of ten) of four that reach it.

    Args:
        largest: The largest value to show, 0 or more.

    Returns:
        A whole step, at least 1, with ``4 * step >= largest``.
    """
    power = 1
    while True:
        for quarters in _NICE:
            step, rest = divmod(quarters * power, 4)
            if not rest and step * _TICKS >= largest:
                return step
        power *= 10


def scale(largest: int) -> list[int]:
    """Return the five values to write beside the plot, the top one first."""
    step = nice_step(largest)
    return [step * tick for tick in range(_TICKS, -1, -1)]


def plot(bars: Sequence[Bar], top: int, title: str) -> SafeString:
    """Draw bars, and the period before as a dashed line, over a grid of four lines.

    Args:
        bars: From oldest to newest, at least one.
        top: The value at the upper edge, more than 0; the first of ``scale``.
        title: What the picture shows, for those who do not see it.

    Returns:
        One ``<svg>`` element. Its table alternative is the template's duty.
    """
    width = _SLOT * len(bars)
    grid = format_html_join(
        "",
        '<line class="grid" x1="0" x2="{}" y1="{}" y2="{}"/>',
        ((width, _HEIGHT * tick // _TICKS, _HEIGHT * tick // _TICKS) for tick in range(_TICKS + 1)),
    )
    columns = format_html_join(
        "", "{}", ((_column(index, bar, top),) for index, bar in enumerate(bars))
    )
    return format_html(
        '<svg class="plot" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}{}{}</svg>',
        width,
        _HEIGHT,
        title,
        grid,
        columns,
        _line_before(bars, top),
    )


def _column(index: int, bar: Bar, top: int) -> SafeString:
    """Draw one bar, with a full-height area that carries the tip."""
    left, height = index * _SLOT, _HEIGHT * bar.height // top
    return format_html(
        '<g class="day"><title>{}</title>'
        '<rect class="hit" x="{}" y="0" width="{}" height="{}"/>'
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="2"/></g>',
        bar.tip,
        left,
        _SLOT,
        _HEIGHT,
        left + _BAR_INSET,
        _HEIGHT - height,
        _SLOT - 2 * _BAR_INSET,
        height,
    )


def _line_before(bars: Sequence[Bar], top: int) -> SafeString:
    """Draw the period before as one line through the middle of each slot."""
    points = [
        f"{index * _SLOT + _SLOT // 2},{_HEIGHT - _HEIGHT * bar.before // top}"
        for index, bar in enumerate(bars)
        if bar.before is not None
    ]
    if len(points) <= 1:
        return SafeString("")
    return format_html('<polyline class="before" points="{}"/>', " ".join(points))


def spark(values: Sequence[int]) -> SafeString:
    """Draw a small line without axes; an ornament beside a number that says the same.

    Args:
        values: From oldest to newest. Fewer than two draw nothing.

    Returns:
        One ``<svg>`` element hidden from assistive technology, or nothing.
    """
    if len(values) <= 1:
        return SafeString("")
    lowest, span = min(values), max(max(values) - min(values), 1)
    room = _SPARK_HEIGHT - 2 * _SPARK_MARGIN
    points = " ".join(
        f"{index * _SPARK_WIDTH // (len(values) - 1)},"
        f"{_SPARK_HEIGHT - _SPARK_MARGIN - (value - lowest) * room // span}"
        for index, value in enumerate(values)
    )
    return format_html(
        '<svg class="spark" viewBox="0 0 {0} {1}" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon class="under" points="0,{1} {2} {0},{1}"/>'
        '<polyline class="line" points="{2}"/></svg>',
        _SPARK_WIDTH,
        _SPARK_HEIGHT,
        points,
    )


def shares(percents: Sequence[int]) -> SafeString:
    """Draw one bar cut into shares, in the order given.

    Args:
        percents: Whole percents, together at most 100; the first four get colours of their own.

    Returns:
        One ``<svg>`` element hidden from assistive technology: the list beside it says the same.
    """
    starts = [sum(percents[:index]) for index in range(len(percents))]
    pieces = format_html_join(
        "",
        '<rect class="share-{}" x="{}" y="0" width="{}" height="12"/>',
        (
            (index % 4, start * 10, max(percent * 10 - 6, 4))
            for index, (start, percent) in enumerate(zip(starts, percents, strict=True))
        ),
    )
    return format_html(
        '<svg class="shares" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">'
        "{}</svg>",
        pieces,
    )
