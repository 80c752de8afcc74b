"""The analysis with a silent model: what the rules say by themselves."""

from dataclasses import replace

from service.analysis.pipeline import Analysis
from service.analysis.reading import Reading
from service.paths import config_dir


def rules_alone() -> Analysis:
    """The packaged analysis, its event stage without the model's proposals."""
    analysis = Analysis.load(config_dir())
    return replace(analysis, stages=(_forget_proposals, *analysis.stages))


def _forget_proposals(reading: Reading) -> None:
    for passage in reading.passages:
        passage.doc.user_data.clear()
