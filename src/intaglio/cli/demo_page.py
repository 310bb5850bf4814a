"""The page of `intaglio demo`, written from `demo.json`'s numbers alone; the layout is in `demo.html`."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from urllib.parse import quote

from intaglio.cli.demo_chart import chart
from intaglio.cli.demo_learned import Distillation
from intaglio.cli.demo_record import Demo, Stylization
from intaglio.pages.page import command, figure, fill, table
from intaglio.vocabulary.quantities import format_bytes, format_duration


def page(demo: Demo) -> str:
    """The whole page, HTML; pictures are linked by their names."""
    first, lesson = demo.stylizations[0], demo.distillation
    return fill(
        files(__package__).joinpath("demo.html"),
        title="Intaglio: a demonstration",
        size=f"{demo.content.width} × {demo.content.height}",
        megapixels=f"{first.megapixels:.1f}",
        facts=_facts(demo),
        hero=curtain((demo.content.preview, "The photo"), (first.preview, f"In the style of “{first.style}”")),
        styles="".join(figure(style.picture, style.preview, style.name.capitalize()) for style in demo.styles),
        gallery="".join(_gallery(demo, network.name) for network in demo.networks),
        detail="".join(_details(demo)),
        numbers=_numbers(demo),
        networks=_networks(demo),
        lesson=_lesson(lesson),
        charts="".join(f"<figure><figcaption>{escape(one.title)}</figcaption>{chart(one)}</figure>" for one in lesson.curves),
        curtain=curtain((lesson.before_picture, "Before training"), (lesson.after_picture, "After")),
        teacher=figure(lesson.teacher_picture, lesson.teacher_picture, "With the teacher", "the network as it is"),
        student=figure(lesson.student_picture, lesson.student_picture, "With the student", "in its teacher’s place"),
        comparison=_comparison(lesson),
        commands="".join(command(what, line) for what, line in demo.commands),
        made=escape(f"Intaglio {demo.version}, {_threads(demo)}, {format_duration(demo.seconds)} in all."),
    )


def curtain(left: tuple[str, str], right: tuple[str, str]) -> str:
    """Two pictures of one size that a slider uncovers; without scripts they stand one below the other."""
    pictures = "".join(
        f'<figure><a href="{quote(name)}"><img src="{quote(name)}" alt="{escape(caption)}"></a>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for name, caption in (left, right)
    )
    return f'<div class="curtain">{pictures}</div>'


def _facts(demo: Demo) -> str:
    every = demo.stylizations
    paces = [one.seconds_per_megapixel for one in every]
    facts = [
        (f"{every[0].megapixels:.1f} Mpx", "every picture, at full size"),
        (f"{min(paces):.2f} s", f"per megapixel at best, with {_threads(demo)}"),
        (format_bytes(max(one.peak_bytes for one in every)), "of memory at most"),
        (format_bytes(sum(network.bytes for network in demo.networks)), "of weights, nothing downloaded"),
    ]
    return "".join(f"<div><dt>{escape(what)}</dt><dd>{escape(number)}</dd></div>" for number, what in facts)


def _threads(demo: Demo) -> str:
    return "one thread" if demo.threads == 1 else f"{demo.threads} threads"


def _gallery(demo: Demo, network: str) -> str:
    found = [one for one in demo.stylizations if one.network == network]
    figures = "".join(
        figure(one.picture, one.preview, one.style.capitalize(), f"{format_duration(one.seconds)}, {_pace(one)}")
        for one in found
    )
    return f'<h3><code>{escape(network)}</code></h3><div class="grid wide">{figures}</div>'


def _details(demo: Demo) -> Iterable[str]:
    yield figure(demo.content.picture, demo.detail, "The photo", "as it is")
    for one in demo.stylizations:
        yield figure(one.picture, one.detail, one.style.capitalize(), one.network)


def _pace(one: Stylization) -> str:
    return f"{one.seconds_per_megapixel:.2f} s/Mpx"


def _numbers(demo: Demo) -> str:
    rows = [
        [one.network, one.style, f"{one.seconds:.1f} s", f"{one.seconds_per_megapixel:.2f}", format_bytes(one.peak_bytes)]
        for one in demo.stylizations
    ]
    return table(["network", "style", "took", "seconds per megapixel", "peak memory"], rows, words=2)


def _networks(demo: Demo) -> str:
    rows = [
        [network.name, network.title, f"{network.parameters:,}", format_bytes(network.bytes), network.license]
        for network in demo.networks
    ]
    return table(["network", "what it is", "parameters", "weights", "license"], rows, words=2)


def _lesson(lesson: Distillation) -> str:
    encoder, decoder = lesson.steps
    narrow, wide, took = _widths(lesson.student_widths), _widths(lesson.widths), format_duration(lesson.training_seconds)
    return escape(
        f"The teacher is the stage {lesson.cut} of {lesson.network}. The student has {narrow} channels in place of {wide}, and "
        f"began with random weights. Its encoder learned for {encoder:,} steps to work with the teacher’s decoder, "
        f"then a narrow decoder learned for {decoder:,} steps to work with it. Each step saw {lesson.batch_size} crops of "
        f"{lesson.crop} pixels of the sample pictures; it took {took} in all."
    )


def _comparison(lesson: Distillation) -> str:
    ours, theirs = lesson.student_parameters, lesson.parameters
    rows = [
        ["channels", _widths(lesson.widths), _widths(lesson.student_widths)],
        ["parameters", f"{theirs:,}", f"{ours:,}"],
        ["weights", format_bytes(4 * theirs), format_bytes(4 * ours)],
        ["seconds per megapixel", f"{lesson.seconds_per_megapixel:.2f}", f"{lesson.student_seconds_per_megapixel:.2f}"],
    ]
    return table(["one stage", "teacher", "student"], rows, words=1)


def _widths(widths: Sequence[int]) -> str:
    return ", ".join(map(str, widths))
