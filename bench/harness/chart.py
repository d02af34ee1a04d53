"""Charts as SVG, without anything that would have to be loaded. They have a ground of their own, so they can be read on a
light page and on a dark one; where the reader's system prefers dark, the ground is dark too."""

import math
from html import escape

STYLE = """<style>
text{font:12px system-ui,sans-serif;fill:#1f2328}.soft{fill:#59636e}.title{font-weight:600;font-size:13px}
.ground{fill:#fff;stroke:#d0d7de}.grid{stroke:#d8dee4}.one{stroke:#59636e;stroke-dasharray:3 3}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9198a1}.ground{fill:#161b22;stroke:#30363d}
.grid{stroke:#30363d}.one{stroke:#9198a1}}
</style>"""
OURS_COLOUR, FLOOR_COLOUR = "#3b82f6", "#8a919a"
COLOURS = ("#d97706", "#10a37f", "#a855f7", "#db4a7b", "#0d9fbf", "#84a017")
WIDTH = 720


def short(value):
    """Three digits: 0.312, 31.2, 3,120; of a count all."""
    if isinstance(value, int) or value == 0:
        return f"{value:,.0f}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    rounded = round(value, digits if abs(value) < 100 else 0)
    return f"{rounded:,.{digits if abs(value) < 100 else 0}f}"


def times(ratio):
    """A ratio: 0.042 ×, 0.38 ×, 1.15 ×, 123 ×."""
    size = abs(ratio)
    digits = 3 if size < 0.1 else 2 if size < 10 else 1 if size < 100 else 0
    return f"{ratio:,.{digits}f} ×"


def colours(names):
    """Ours and the floor have theirs in all charts."""
    fixed = {"pg-entrypoint": OURS_COLOUR, "floor": FLOOR_COLOUR, "no init": FLOOR_COLOUR, "bare loop": FLOOR_COLOUR}
    rest = [name for name in names if name not in fixed]
    return fixed | {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(rest)}


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def document(title, height, parts):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}" '
            f'role="img" aria-label="{escape(title, quote=True)}">')
    ground = f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:.0f}" rx="6"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", STYLE, ground, text(16, 24, title, "title"), *parts, "</svg>"]) + "\n"


def bars(title, rows):
    """Horizontal bars of medians with the middle half as a line. A row has its own scale: its reference is one."""
    left, right, thick, gap = 150, WIDTH - 170, 14, 6
    named = colours(dict.fromkeys(name for row in rows for name in row.figures))
    parts, y = [], 44
    for row in rows:
        parts.append(text(16, y + 10, row.title.replace("`", ""), "soft"))
        y += 20
        longest = max(row.middle(name)[1] for name in row.figures) or 1
        top = y
        for name in row.figures:
            low, high = (left + (right - left) * value / longest for value in row.middle(name))
            end = left + (right - left) * row.median(name) / longest
            parts.append(text(left - 8, y + 11, name, anchor="end"))
            parts.append(f'<rect x="{left}" y="{y}" width="{max(end - left, 1):.1f}" height="{thick}" rx="2" fill="{named[name]}"/>')
            if high - low > 1:
                parts.append(f'<path class="one" style="stroke-dasharray:none" d="M{low:.1f} {y + thick / 2}H{high:.1f}"/>')
            ratio = row.ratio(row.reference, name) if name != row.reference else None
            words = f"{short(row.median(name))} {row.unit}".strip() + (f", {times(ratio)}" if ratio is not None else "")
            parts.append(text(max(end, high) + 6, y + 11, words))
            y += thick + gap
        if row.reference in row.figures:
            one = left + (right - left) * row.median(row.reference) / longest
            parts.append(f'<path class="one" d="M{one:.1f} {top - 3}V{y - 3}"/>')
        y += 8
    return document(title, y + 8, parts)


def decades(low, high):
    return range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)


def lines(title, series, x_unit, y_unit):
    """{name: [(x, y), …]}, both axes logarithmic."""
    left, right, top, bottom = 64, WIDTH - 150, 58, 330
    points = [point for line in series.values() for point in line if point[1] > 0]
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    y_decades = decades(min(y for _, y in points), max(y for _, y in points))
    y_low, y_span = y_decades[0], max(len(y_decades) - 1, 1)
    x_span = math.log10(x_high / x_low) or 1

    def place(x, y):
        return (left + (right - left) * math.log10(x / x_low) / x_span,
                bottom - (bottom - top) * (math.log10(y) - y_low) / y_span)

    named, parts = colours(series), []
    for decade in y_decades:
        _, y = place(x_low, 10.0 ** decade)
        parts += [f'<path class="grid" d="M{left} {y:.1f}H{right}"/>', text(left - 8, y + 4, f"{10.0 ** decade:,.10g}", "soft", "end")]
    for x in sorted({x for x, _ in points}):
        at, _ = place(x, 10.0 ** y_low)
        parts += [f'<path class="grid" d="M{at:.1f} {top}V{bottom}"/>', text(at, bottom + 18, f"{x:,}", "soft", "middle")]
    parts += [text(right + 30, bottom + 18, x_unit, "soft"), text(left - 8, top - 12, y_unit, "soft", "end")]
    labels = []
    for name, line in series.items():
        placed = [place(x, y) for x, y in line if y > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{named[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{named[name]}"/>' for x, y in placed]
        labels.append((placed[-1][1], name))
    lowest = -math.inf
    for y, name in sorted(labels):
        lowest = max(y + 4, lowest + 15)  # labels that would lie on each other move down
        parts.append(f'<rect x="{right + 12}" y="{lowest - 9:.1f}" width="9" height="9" rx="2" fill="{named[name]}"/>')
        parts.append(text(right + 26, lowest, name))
    return document(title, bottom + 34, parts)
