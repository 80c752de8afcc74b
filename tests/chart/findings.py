"""What scanners have against the manifests, and what of it is waived, each with its reason."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

WAIVERS = Path(__file__).with_name("waivers.yaml")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that one scanner has against one object."""

    tool: str
    check: str
    case: str
    """The values that the object comes of."""
    target: str
    """The object, as ``Deployment/news-harbinger-worker``."""
    says: str


class Waiver(BaseModel):
    """Findings that stay, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: str
    check: str
    objects: Sequence[str] = ("*",)
    """Patterns, one of which the object must match."""
    cases: Sequence[str] = ("*",)
    """Patterns, one of which the name of the values must match."""
    reason: str = Field(min_length=30)

    def covers(self, finding: Finding) -> bool:
        """Whether it is this that is waived."""
        return (
            (self.tool, self.check) == (finding.tool, finding.check)
            and any(fnmatchcase(finding.target, pattern) for pattern in self.objects)
            and any(fnmatchcase(finding.case, pattern) for pattern in self.cases)
        )


def waivers(tool: str) -> list[Waiver]:
    """Those for one scanner."""
    listed = yaml.safe_load(WAIVERS.read_text(encoding="utf-8"))
    return [waiver for each in listed if (waiver := Waiver.model_validate(each)).tool == tool]


def kube_score(program: Path, case: str, manifests: Path) -> Iterator[Finding]:
    """What kube-score has against the manifests of one case, warnings included."""
    done = subprocess.run(
        [program, "score", "--output-format", "json", "--kubernetes-version", "v1.34", manifests],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    for scored in json.loads(done.stdout):
        target = f"{scored['type_meta']['kind']}/{scored['object_meta']['name']}"
        for check in scored["checks"]:
            if check["grade"] < 10 and not check["skipped"]:
                says = "; ".join(comment["summary"] for comment in check["comments"] or ())
                yield Finding("kube-score", check["check"]["id"], case, target, says)
