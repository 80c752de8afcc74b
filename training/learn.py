"""Training of the network: batches of one kind of sample each, in random order, one pass over the plan."""

import pickle
import random
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from service.analysis.wordpieces import DIGITS, LETTER, LOWER, MIXED, TITLE, UPPER
from training.corpus import IGNORE, Sample, Trigger
from training.network import SHARED, Network

SEED = 0

PLAN = {"syntax": 6, "own": 6, "foreign": 3, "events": 6}
"""How often each kind of sample is seen. Our own passages and texts follow our codebooks; the foreign ones only nearly."""

BATCH = 1_600  # pieces
RATE, HEAD_RATE, WARM_UP = 2e-4, 1e-3, 0.06
CASES = {"upper": 0.05, "title": 0.06, "lower": 0.03}
"""Share of windows read as if in capitals, as a headline, and without capitals."""


def pad(rows: list[list[int]], fill: int) -> Tensor:
    """Rows of different length as one tensor."""
    width = max(map(len, rows))
    return torch.tensor([row + [fill] * (width - len(row)) for row in rows])


def recased(shapes: list[int]) -> list[int]:
    """The shapes of the words, now and then those of a headline."""
    draw = random.random()
    for case, share in CASES.items():
        if draw < share:
            change = {"upper": UPPER, "title": TITLE, "lower": LOWER}[case]
            keep = {DIGITS} if case != "title" else {DIGITS, UPPER, LETTER, MIXED}
            return [shape if shape in keep else change for shape in shapes]
        draw -= share
    return shapes


def batches(samples: list[Sample]) -> list[list[Sample]]:
    """All samples once: those of like length together, batches in random order."""
    order = sorted(samples, key=lambda sample: sample.size + random.random() * 6)
    found: list[list[Sample]] = [[]]
    for sample in order:
        if found[-1] and (len(found[-1]) + 1) * max(sample.size, found[-1][0].size) > BATCH:
            found.append([])
        found[-1].append(sample)
    return found


class Trainer:
    """A network and its losses."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def vectors(self, batch: list[Sample], augment: bool) -> tuple[Tensor, Tensor]:
        """Vectors of the words of a batch after the shared layers, and which words there are."""
        ids = pad([sample.window.ids for sample in batch], 0)
        shapes = pad([recased(s.window.shapes) if augment else s.window.shapes for s in batch], 0)
        mask = pad([[1] * sample.size for sample in batch], 0).bool()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.network.training):
            x = self.network.read(ids, shapes, mask)
        firsts = pad([sample.window.firsts for sample in batch], 0)
        there = pad([[1] * len(sample.window.firsts) for sample in batch], 0).bool()
        return x.float().gather(1, firsts[:, :, None].expand(-1, -1, x.shape[-1])), there

    def late_vectors(self, x: Tensor, there: Tensor) -> Tensor:
        """Vectors of the words after the late layers."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.network.training):
            return self.network.read_late(x, there).float()

    def loss(self, batch: list[Sample]) -> dict[str, Tensor]:
        """The losses of one batch by name."""
        first = batch[0]
        x, there = self.vectors(batch, augment=True)
        losses: dict[str, Tensor] = {}
        if first.roots:
            losses |= self._events(batch, x, there)
        x = F.dropout(x, 0.1)
        if first.tags:
            losses |= self._syntax(batch, x, there)
        if first.ner:
            losses["ner"] = self.network.name_loss(x, pad([s.ner for s in batch], IGNORE), there)
        return losses

    def _syntax(self, batch: list[Sample], x: Tensor, there: Tensor) -> dict[str, Tensor]:
        net = self.network
        heads, deps = pad([s.heads for s in batch], IGNORE), pad([s.deps for s in batch], IGNORE)
        starts = pad([s.starts for s in batch], IGNORE)
        scores = net.arcs(x).masked_fill(~same_sentence(starts, there), -1e4)
        own = torch.arange(heads.shape[1])
        target = torch.where(heads == own, heads.shape[1], heads)
        labels = net.labels(x, heads.clamp(min=0))
        return {
            "tag": entropy(net.tags(x), pad([s.tags for s in batch], IGNORE), 0.02),
            "morph": 0.5 * entropy(net.morphs(x), pad([s.morphs for s in batch], IGNORE), 0.02),
            "start": 0.5 * entropy(net.starts(x), starts, 0.0),
            "arc": entropy(scores, target, 0.0),
            "label": 0.7 * entropy(labels, deps, 0.02),
        }

    def _events(self, batch: list[Sample], x: Tensor, there: Tensor) -> dict[str, Tensor]:
        net = self.network
        y = F.dropout(self.late_vectors(x, there), 0.1)
        roots = pad([s.roots for s in batch], IGNORE)
        losses = {
            "early": entropy(net.early(x), torch.where(roots > 0, 1, roots), 0.0),
            "root": 2.0 * entropy(net.roots(y), roots, 0.02),
        }
        triggers = [s.triggers for s in batch]
        if not any(triggers):
            return losses
        place = pad([[word for word, _, _ in row] for row in triggers], 0)
        modalities = pad([[modality for _, modality, _ in row] for row in triggers], IGNORE)
        vectors = y.gather(1, place[:, :, None].expand(-1, -1, y.shape[-1]))
        losses["modality"] = entropy(net.modalities(vectors), modalities, 0.02)
        losses["role"] = 12.0 * role_loss(net.role_scores(vectors, y), triggers, there)
        return losses


def role_loss(scores: Tensor, triggers: list[list[Trigger]], there: Tensor) -> Tensor:
    """Cross entropy of whether each word belongs to the phrase in each role of each trigger."""
    wanted, counts = torch.zeros_like(scores), torch.zeros_like(scores, dtype=torch.bool)
    for b, row in enumerate(triggers):
        for t, (_, _, roles) in enumerate(row):
            counts[b, t] = there[b]
            for r, words in enumerate(roles):
                wanted[b, t, r, words] = 1.0
    return F.binary_cross_entropy_with_logits(scores[counts], wanted[counts])


def entropy(scores: Tensor, target: Tensor, smoothing: float) -> Tensor:
    """Cross entropy over the words that have a target."""
    return F.cross_entropy(scores.flatten(0, 1), target.flatten(), ignore_index=IGNORE, label_smoothing=smoothing)


def same_sentence(starts: Tensor, there: Tensor) -> Tensor:
    """(batch, word, head or root): whether the two are words of one sentence."""
    number = starts.clamp(min=0).cumsum(1)
    same = (number[:, :, None] == number[:, None, :]) & there[:, None, :]
    same &= ~torch.eye(same.shape[1], dtype=torch.bool)
    return torch.cat([same, torch.ones_like(same[:, :, :1])], -1)


def learn(corpus: Path, encoder: Path, out: Path, passes: float = 1.0, shared: int = SHARED) -> None:
    """Train on the samples in `corpus`, beginning with the pretrained `encoder`, and save the weights to `out`.

    `passes` makes the run so many times longer, or shorter for a trial; `shared` is the number of shared layers.
    """
    torch.manual_seed(SEED)
    random.seed(SEED)
    with corpus.open("rb") as file:
        labels, samples = pickle.load(file)
    network = Network(labels, shared)
    network.encoder.load(encoder)
    network.train()
    trainer = Trainer(network)
    work = planned(samples, passes)
    groups: list[dict[str, Any]] = [
        {"params": [p for p in network.encoder.parameters() if p.requires_grad], "rate": RATE},
        {"params": [p for n, p in network.named_parameters() if not n.startswith("encoder.")], "rate": HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01)
    parameters = [p for group in groups for p in group["params"]]
    running: dict[str, float] = {}
    began = time.monotonic()
    for step, batch in enumerate(work):
        speed = min(1.0, (step + 1) / (WARM_UP * len(work))) * max(0.02, 1 - step / len(work))
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * speed
        losses = trainer.loss(batch)
        torch.stack(list(losses.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        for name, value in losses.items():
            running[name] = 0.95 * running.get(name, value.item()) + 0.05 * value.item()
        if step % 100 == 0:
            shown = " ".join(f"{name} {value:.3f}" for name, value in running.items())
            print(f"{step}/{len(work)} {time.monotonic() - began:.0f} s {shown}", flush=True)
    torch.save(network.state_dict(), out)


def planned(samples: dict[str, list[Sample]], passes: float) -> list[list[Sample]]:
    """The batches of all passes in random order."""
    work: list[list[Sample]] = []
    for kind, times in PLAN.items():
        some = [batch for _ in range(max(1, round(times * passes))) for batch in batches(samples[kind])]
        work += some if times * passes >= 1 else some[: round(times * passes * len(some))]
    random.shuffle(work)
    return work
