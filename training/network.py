"""The network that is trained: a compact pretrained encoder, cut off after its lower layers, and the heads that read its words.

`service.analysis.heads` and `service.analysis.event_layer` have the same heads as plain matrices; `training.export` carries
the numbers over.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from service.analysis.labelling import may_follow
from service.analysis.wordpieces import SHAPES
from training import events
from training.corpus import NER_LABELS, Labels

WIDTH, HEADS, INNER = 384, 12, 1536  # of MiniLM
POSITIONS, VOCABULARY = 512, 30522
ARC, LABEL, ROLE = 128, 64, 64  # widths of what the biaffine heads compare
DROPOUT = 0.1
IMPOSSIBLE = -1e4
SHARED, LATE = 3, 2  # of the encoder's six layers: the lowest for everything, the next for events alone


class Layer(nn.Module):
    """One layer of a BERT encoder."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, 1e-12)
        self.inner = nn.Linear(WIDTH, INNER)
        self.outer = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, 1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(batch, length, WIDTH)
        x = self.norm1(x + F.dropout(self.out(mixed), DROPOUT, self.training))
        return self.norm2(x + F.dropout(self.outer(F.gelu(self.inner(x))), DROPOUT, self.training))


class Encoder(nn.Module):
    """Embeddings and layers. The table of token types holds the shapes of words."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.shapes = nn.Embedding(SHAPES, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))

    def load(self, path: Path) -> None:
        """Take over the pretrained weights; those of the words stay as they are in training."""
        weights = load_file(path)
        get = lambda name: weights[name if name in weights else f"bert.{name}"]  # noqa: E731
        with torch.no_grad():
            self.words.weight.copy_(get("embeddings.word_embeddings.weight"))
            self.positions.weight.copy_(get("embeddings.position_embeddings.weight"))
            first = get("embeddings.token_type_embeddings.weight")[0]
            self.shapes.weight.copy_(first + 0.02 * torch.randn(SHAPES, WIDTH))
            self.shapes.weight[0] = first
            self.norm.weight.copy_(get("embeddings.LayerNorm.weight"))
            self.norm.bias.copy_(get("embeddings.LayerNorm.bias"))
            for number, layer in enumerate(self.layers):
                base = f"encoder.layer.{number}."
                for part in ("weight", "bias"):
                    query = [get(f"{base}attention.self.{name}.{part}") for name in ("query", "key", "value")]
                    getattr(layer.qkv, part).copy_(torch.cat(query))
                    for module, name in (
                        (layer.out, "attention.output.dense"),
                        (layer.norm1, "attention.output.LayerNorm"),
                        (layer.inner, "intermediate.dense"),
                        (layer.outer, "output.dense"),
                        (layer.norm2, "output.LayerNorm"),
                    ):
                        getattr(module, part).copy_(get(f"{base}{name}.{part}"))
        self.words.weight.requires_grad_(False)

    def embed(self, ids: Tensor, shapes: Tensor) -> Tensor:
        """Before the first layer."""
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.shapes(shapes)
        return F.dropout(self.norm(x), DROPOUT, self.training)


class Network(nn.Module):
    """Encoder and heads. One layer beyond the shared ones is read by the heads for events, so that the shared ones learn of them, too."""

    def __init__(self, labels: Labels, shared: int = SHARED) -> None:
        """With so many shared layers of the encoder, 1 to 5."""
        super().__init__()
        self.shared = shared
        self.encoder = Encoder(shared + 1)
        self.tags = nn.Linear(WIDTH, len(labels.tags))
        self.morphs = nn.Linear(WIDTH, len(labels.morphs))
        self.starts = nn.Linear(WIDTH, 2)
        self.ner = nn.Linear(WIDTH, len(NER_LABELS))
        self.ner_after = nn.Parameter(torch.zeros(len(NER_LABELS) + 1, len(NER_LABELS)))
        self.register_buffer("ner_costs", torch.from_numpy(may_follow(NER_LABELS)), persistent=False)
        self.arc_dep, self.arc_head = nn.Linear(WIDTH, ARC), nn.Linear(WIDTH, ARC)
        self.arc = nn.Parameter(torch.randn(ARC, ARC) * 0.02)
        self.arc_bias = nn.Linear(ARC, 1)
        self.arc_root = nn.Linear(ARC, 1)
        self.label_dep, self.label_head = nn.Linear(WIDTH, LABEL), nn.Linear(WIDTH, LABEL)
        self.label_root = nn.Parameter(torch.randn(LABEL) * 0.1)
        self.label = nn.Parameter(torch.randn(len(labels.deps), LABEL, LABEL) * 0.02)
        self.label_sum = nn.Linear(2 * LABEL, len(labels.deps))
        self.early = nn.Linear(WIDTH, 2)
        self.roots = nn.Linear(WIDTH, len(events.ROOTS))
        self.modalities = nn.Linear(WIDTH, len(events.MODALITIES))
        self.role_trigger = nn.Linear(WIDTH, len(events.ROLES) * ROLE)
        self.role_word = nn.Linear(WIDTH, len(events.ROLES) * ROLE)
        self.role = nn.Parameter(torch.randn(len(events.ROLES), ROLE, ROLE) * 0.02)
        self.role_bias = nn.Parameter(torch.full((len(events.ROLES),), -2.0))

    def read(self, ids: Tensor, shapes: Tensor, mask: Tensor) -> Tensor:
        """The vectors of all pieces after the shared layers."""
        x = self.encoder.embed(ids, shapes)
        for layer in self.encoder.layers[: self.shared]:
            x = layer(x, mask[:, None, None, :])
        return x

    def read_late(self, words: Tensor, there: Tensor) -> Tensor:
        """The vectors of words after one more layer, which sees the first piece of each word only."""
        late: Tensor = self.encoder.layers[self.shared](words, there[:, None, None, :])
        return late

    def name_loss(self, words: Tensor, targets: Tensor, there: Tensor) -> Tensor:
        """What the right labels of a window lack in probability (logarithm, a word), among all sequences of labels.

        A linear chain (Lafferty et al. 2001); a word whose label nobody knows may have any.
        """
        scores = self.ner(words)
        after = self.ner_after + self.ner_costs
        known = (targets >= 0)[:, :, None]
        right = F.one_hot(targets.clamp(min=0), scores.shape[-1]).bool()
        allowed = scores.masked_fill(known & ~right, IMPOSSIBLE)
        missing = self._sum(scores, after, there) - self._sum(allowed, after, there)
        return missing.sum() / there.sum()

    @staticmethod
    def _sum(scores: Tensor, after: Tensor, there: Tensor) -> Tensor:
        """The logarithm of the sum over all sequences."""
        total = scores[:, 0] + after[-1]
        for step in range(1, scores.shape[1]):
            further = (total[:, :, None] + after[:-1]).logsumexp(1) + scores[:, step]
            total = torch.where(there[:, step, None], further, total)
        return total.logsumexp(1)

    def arcs(self, words: Tensor) -> Tensor:
        """Scores of each word's head (batch, word, head); the last column is the root."""
        dep = F.dropout(F.relu(self.arc_dep(words)), 0.2, self.training)
        head = F.dropout(F.relu(self.arc_head(words)), 0.2, self.training)
        scores = dep @ self.arc @ head.transpose(1, 2) + self.arc_bias(head).transpose(1, 2)
        return torch.cat([scores, self.arc_root(dep)], -1)

    def labels(self, words: Tensor, heads: Tensor) -> Tensor:
        """Scores of the label of each word under the given head (its own index: the root)."""
        dep = F.dropout(F.relu(self.label_dep(words)), 0.2, self.training)
        head = F.dropout(F.relu(self.label_head(words)), 0.2, self.training)
        chosen = head.gather(1, heads[:, :, None].expand(-1, -1, LABEL))
        is_root = heads == torch.arange(heads.shape[1])
        chosen = torch.where(is_root[:, :, None], self.label_root.to(chosen.dtype), chosen)
        return torch.einsum("bnd,lde,bne->bnl", dep, self.label, chosen) + self.label_sum(torch.cat([dep, chosen], -1))

    def role_scores(self, triggers: Tensor, words: Tensor) -> Tensor:
        """Scores (batch, trigger, role, word) that a word belongs to the phrase in the role; 0 is even odds."""
        return biaffine(self.role_trigger(triggers), self.role_word(words), self.role) + self.role_bias[:, None]


class EventLayers(nn.Module):
    """The late layers and heads that ship: trained for longer than the rest, on vectors that no longer change."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(LATE))
        self.trigger = nn.Linear(WIDTH, 1)
        self.hidden = nn.Linear(WIDTH, WIDTH)
        self.roots = nn.Linear(WIDTH, len(events.ROOTS) - 1)  # without "none": `trigger` says whether there is one
        self.modalities = nn.Linear(WIDTH, len(events.MODALITIES))
        self.role_trigger = nn.Linear(WIDTH, len(events.ROLES) * ROLE)
        self.role_word = nn.Linear(WIDTH, len(events.ROLES) * ROLE)
        self.role = nn.Parameter(torch.zeros(len(events.ROLES), ROLE, ROLE))
        self.role_bias = nn.Parameter(torch.zeros(len(events.ROLES)))

    def start_from(self, network: "Network", pretrained: Encoder) -> None:
        """Take over what the whole network has learnt; layers that it does not have come as they were pretrained."""
        self.layers[0].load_state_dict(network.encoder.layers[SHARED].state_dict())
        for number in range(1, LATE):
            self.layers[number].load_state_dict(pretrained.layers[SHARED + number].state_dict())
        for name in ("modalities", "role_trigger", "role_word"):
            getattr(self, name).load_state_dict(getattr(network, name).state_dict())
        with torch.no_grad():
            self.role.copy_(network.role)
            self.role_bias.copy_(network.role_bias)

    def read(self, words: Tensor, there: Tensor) -> Tensor:
        """The vectors of words after the late layers."""
        words = F.dropout(words, DROPOUT, self.training)
        for layer in self.layers:
            words = layer(words, there[:, None, None, :])
        return F.dropout(words, DROPOUT, self.training)

    def root_scores(self, triggers: Tensor) -> Tensor:
        """Scores of the roots of words that are triggers."""
        return self.roots(F.dropout(F.relu(self.hidden(triggers)), DROPOUT, self.training))

    def role_scores(self, triggers: Tensor, words: Tensor) -> Tensor:
        """Scores (batch, trigger, role, word) that a word belongs to the phrase in the role; 0 is even odds."""
        return biaffine(self.role_trigger(triggers), self.role_word(words), self.role) + self.role_bias[:, None]


def biaffine(triggers: Tensor, words: Tensor, weight: Tensor) -> Tensor:
    """Scores (batch, trigger, role, word) of every trigger with every word."""
    batch, count, _ = triggers.shape
    left = F.relu(triggers).view(batch, count, len(events.ROLES), ROLE)
    right = F.relu(words).view(batch, words.shape[1], len(events.ROLES), ROLE)
    return torch.einsum("btrd,rde,bwre->btrw", left, weight, right)
