"""The report's figures as they stand in docs/benchmarks.md."""

from dataclasses import dataclass

from nlu.evaluation.results import Report


@dataclass(frozen=True, slots=True)
class Section:
    """Name, title and table for `tests.bench.report.write`."""

    report: Report
    name: str = "understanding"
    title: str = "How well messages are understood 理解得如何"

    def markdown(self) -> str:
        """One line a figure, with the stock pipelines of the same run beside ours; no text of a citizen."""
        heads = ("what", "ours", "target", "", *self.report.rivals, "yardstick")
        lines = [f"*{' · '.join(f'{name}: {value}' for name, value in self.report.about)}*", "", _line(heads), "|" + "---|" * len(heads)]
        for one in self.report.figures:
            verdict = "" if one.met is None else "met" if one.met else "**missed**"
            others = [*one.others, *[""] * len(self.report.rivals)][: len(self.report.rivals)]
            lines.append(_line((f"{one.zh} {one.en}", one.ours, one.reach, verdict, *others, one.yardstick)))
        return "\n".join([*lines, "", *(f"- {note}" for note in [*self.report.notes, *self.report.left_out])]).rstrip()


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
