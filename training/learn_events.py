"""Training of the event layers alone, on the vectors of the shared layers, which stay as they are: cheap, so for many passes."""

import pickle
import random
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from training.corpus import IGNORE, Sample
from training.learn import SEED, WARM_UP, Trainer, pad, role_loss
from training.network import LATE, SHARED, WIDTH, Encoder, EventLayers, Network

PASSES = 10
BATCH = 1_000  # words
RATE, HEAD_RATE = 2e-4, 1e-3
SMOOTHING = 0.05
READ = 24  # samples whose vectors are computed at once

Read = tuple[Sample, Tensor]
"""A sample and the vectors of its words."""


def learn_events(corpus: Path, encoder: Path, network: Path, out: Path, passes: float = 1.0) -> None:
    """Train on the texts with events in `corpus` and save the weights to `out`; `network` is what `learn` has saved."""
    torch.manual_seed(SEED)
    random.seed(SEED)
    with corpus.open("rb") as file:
        labels, samples = pickle.load(file)
    whole = Network(labels)
    whole.load_state_dict(torch.load(network, map_location="cpu"))
    whole.eval()
    pretrained = Encoder(SHARED + LATE)
    pretrained.load(encoder)
    layers = EventLayers()
    layers.start_from(whole, pretrained)
    layers.train()
    read = _read(Trainer(whole), samples["events"])
    work = [batch for _ in range(max(1, round(PASSES * passes))) for batch in _batches(read)]
    groups = [
        {"params": [p for n, p in layers.named_parameters() if n.startswith("layers.")], "rate": RATE},
        {"params": [p for n, p in layers.named_parameters() if not n.startswith("layers.")], "rate": HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01)
    began = time.monotonic()
    for step, batch in enumerate(work):
        speed = min(1.0, (step + 1) / (WARM_UP * len(work))) * max(0.02, 1 - step / len(work))
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * speed
        value = loss(layers, batch)
        value.backward()
        torch.nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 100 == 0:
            print(f"{step}/{len(work)} {time.monotonic() - began:.0f} s events {value.item():.3f}", flush=True)
    torch.save(layers.state_dict(), out)


def _read(trainer: Trainer, samples: list[Sample]) -> list[Read]:
    found: list[Read] = []
    order = sorted(samples, key=lambda sample: sample.size)
    with torch.no_grad():
        for start in range(0, len(order), READ):
            batch = order[start : start + READ]
            vectors, _ = trainer.vectors(batch, augment=False)
            found += [(s, v[: len(s.window.tokens)].clone()) for s, v in zip(batch, vectors, strict=True)]
    return found


def _batches(read: list[Read]) -> list[list[Read]]:
    order = sorted(read, key=lambda item: len(item[1]) + random.random() * 6)
    found: list[list[Read]] = [[]]
    for item in order:
        if found[-1] and (len(found[-1]) + 1) * max(len(item[1]), len(found[-1][0][1])) > BATCH:
            found.append([])
        found[-1].append(item)
    random.shuffle(found)
    return found


def loss(layers: EventLayers, batch: list[Read]) -> Tensor:
    """Whether each word is a trigger; of the triggers root, modality and the words in each role."""
    samples = [sample for sample, _ in batch]
    words = torch.zeros(len(batch), max(len(vectors) for _, vectors in batch), WIDTH)
    there = torch.zeros(words.shape[:2], dtype=torch.bool)
    for row, (_, vectors) in enumerate(batch):
        words[row, : len(vectors)], there[row, : len(vectors)] = vectors, True
    with torch.autocast("cpu", torch.bfloat16):
        late = layers.read(words, there)
    late = late.float()
    roots = pad([sample.roots for sample in samples], IGNORE)
    is_trigger = layers.trigger(late)[:, :, 0]
    total = 3.0 * F.binary_cross_entropy_with_logits(is_trigger[there], (roots[there] > 0).float())
    triggers = [sample.triggers for sample in samples]
    if not any(triggers):
        return total
    place = pad([[word for word, _, _ in row] for row in triggers], 0)
    modalities = pad([[modality for _, modality, _ in row] for row in triggers], IGNORE)
    known = modalities != IGNORE
    vectors = late.gather(1, place[:, :, None].expand(-1, -1, WIDTH))
    total = total + F.cross_entropy(
        layers.root_scores(vectors[known]), roots.gather(1, place)[known] - 1, label_smoothing=SMOOTHING
    )
    total = total + F.cross_entropy(layers.modalities(vectors[known]), modalities[known], label_smoothing=SMOOTHING)
    return total + 10.0 * role_loss(layers.role_scores(vectors, late), triggers, there)
