"""From the trained network to what ships: an ONNX graph with fused operators in eight-bit integers, and the heads' matrices."""

import json
import pickle
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from training import events
from training.corpus import NER_LABELS, Labels
from training.network import HEADS, LATE, SHARED, WIDTH

FUSED = "com.microsoft"  # onnxruntime's own operators
Weights = dict[str, torch.Tensor]


class Graph:
    """An ONNX graph in the making."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, transpose: bool = False) -> str:
        """A weight of the network by name."""
        value = self.weights[name].float().numpy()
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value.T if transpose else value), name))
        return name

    def add(self, kind: str, inputs: list[str], outputs: list[str], fused: bool = True, **attributes: object) -> str:
        """A node; returns the name of its first output."""
        self.nodes.append(
            helper.make_node(kind, inputs, outputs, name=outputs[0], domain=FUSED if fused else "", **attributes)
        )
        return outputs[0]

    def embeddings(self) -> str:
        """Word, position and shape, normalised."""
        tables = [self.constant(f"encoder.{name}.weight") for name in ("words", "positions", "shapes")]
        norm = [self.constant("encoder.norm.weight"), self.constant("encoder.norm.bias")]
        inputs = ["ids", "shapes", *tables, *norm]
        return self.add("EmbedLayerNormalization", inputs, ["embedded", "counts"], epsilon=1e-12)

    def layer(self, name: str, x: str) -> str:
        """One layer of the encoder."""
        base = to = f"{name}."

        def linear(name: str, x: str) -> str:
            return self.add(
                "MatMul",
                [x, self.constant(f"{base}{name}.weight", transpose=True)],
                [f"{to}{name}.product"],
                fused=False,
            )

        def norm(name: str, x: str, skip: str, bias: str) -> str:
            return self.normalised(
                f"{to}{name}", x, skip, [f"{base}{bias}.bias", f"{base}{name}.weight", f"{base}{name}.bias"]
            )

        query = [self.constant(f"{base}qkv.weight", transpose=True), self.constant(f"{base}qkv.bias")]
        mixed = self.add("Attention", [x, *query], [f"{to}mixed"], num_heads=HEADS)
        x = norm("norm1", linear("out", mixed), x, "out")
        inner = self.add("BiasGelu", [linear("inner", x), self.constant(f"{base}inner.bias")], [f"{to}gelu"])
        return norm("norm2", linear("outer", inner), x, "outer")

    def normalised(self, to: str, x: str, skip: str, parts: list[str]) -> str:
        """Sum and layer normalisation in single steps, which onnxruntime computes four times as fast as its own operator for them.

        `parts` are the weights added to the sum, and those the result is multiplied with and shifted by.
        """
        bias, weight, shift = map(self.constant, parts)

        def step(kind: str, name: str, *inputs: str, **attributes: object) -> str:
            return self.add(kind, list(inputs), [f"{to}.{name}"], fused=False, **attributes)

        total = step("Add", "sum", step("Add", "biased", x, bias), skip)
        centred = step("Sub", "centred", total, step("ReduceMean", "mean", total, axes=[-1]))
        variance = step("ReduceMean", "variance", step("Mul", "square", centred, centred), axes=[-1])
        deviation = step("Sqrt", "deviation", step("Add", "safe", variance, self.epsilon()))
        unit = step("Mul", "unit", centred, step("Reciprocal", "scale", deviation))
        return step("Add", "shifted", step("Mul", "weighted", unit, weight), shift)

    def epsilon(self) -> str:
        """What keeps a variance from being nothing."""
        if not any(constant.name == "epsilon" for constant in self.constants):
            self.constants.append(numpy_helper.from_array(np.float32(1e-12), "epsilon"))
        return "epsilon"

    def save(self, inputs: dict[str, int], output: str, path: Path) -> None:
        """Write the graph, quantised: weights in 8-bit integers per channel, activations as they come."""
        shapes = {"words": ["windows", "words", WIDTH]}
        values = [helper.make_tensor_value_info(k, t, shapes.get(k, ["windows", "pieces"])) for k, t in inputs.items()]
        out = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["windows", "pieces", WIDTH])
        graph = helper.make_graph(self.nodes, "harbinger", values, [out], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)])
        model.ir_version = 9
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "plain.onnx"
            onnx.save(model, plain)
            quantize_dynamic(
                plain,
                path,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=REDUCE_RANGE,
                extra_options={"DefaultTensorType": TensorProto.FLOAT, "MatMulConstBOnly": True},
            )


REDUCE_RANGE = True
"""Seven bits for weights: processors without VNNI add two products in 16 bits, which overflow with eight, and then say something else."""


def export(network: Path, layers: Path, corpus: Path, encoder: Path, out: Path) -> None:
    """Write `encoder.onnx`, `events.onnx`, the heads of both (`.npz`), `labels.json` and `vocabulary.txt` to the folder `out`."""
    with corpus.open("rb") as file:
        labels, _ = pickle.load(file)
    export_reading(network, labels, encoder, out)
    weights = torch.load(layers, map_location="cpu")
    graph = Graph(weights)
    x = "words"
    for number in range(LATE):
        x = graph.layer(f"layers.{number}", x)
    graph.save({"words": TensorProto.FLOAT}, x, out / "events.onnx")
    _save_heads({name: v for name, v in weights.items() if not name.startswith("layers.")}, out / "events.npz")


def export_reading(network: Path, labels: Labels, encoder: Path, out: Path, shared: int = SHARED) -> None:
    """Write all but the event layers."""
    out.mkdir(parents=True, exist_ok=True)
    weights = torch.load(network, map_location="cpu")
    graph = Graph(weights)
    x = graph.embeddings()
    for number in range(shared):
        x = graph.layer(f"encoder.layers.{number}", x)
    graph.save(dict.fromkeys(("ids", "shapes"), TensorProto.INT32), x, out / "encoder.onnx")
    _save_heads({name: value for name, value in weights.items() if name.split(".")[0] in READING}, out / "heads.npz")
    names = {
        "tags": labels.tags,
        "morphs": labels.morphs,
        "deps": labels.deps,
        "names": NER_LABELS,
        "roots": events.ROOTS[1:],
        "modalities": events.MODALITIES,
        "roles": list(events.ROLES),
    }
    (out / "labels.json").write_text(json.dumps(names, indent=1), encoding="utf-8")
    shutil.copyfile(encoder / "vocab.txt", out / "vocabulary.txt")


READING = frozenset(
    "tags morphs starts ner ner_after early arc arc_dep arc_head arc_bias arc_root label label_dep label_head label_root label_sum".split()  # noqa: SIM905
)
"""The heads of the shared layers that ship; those for events only helped to train them."""


def _save_heads(weights: Weights, path: Path) -> None:
    np.savez(path, **{name: value.half().numpy() for name, value in weights.items()})
