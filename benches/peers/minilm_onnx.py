"""A BERT encoder as ONNX, made from `model.safetensors`.

ids [texts, tokens] -> hidden states [texts, tokens, hidden]. The nodes are those that exporters
write, so that ONNX Runtime's optimiser knows them and fuses them. There is no mask: all texts of a
batch have the same length, so an exported model would only mask nothing.
"""

import json
import logging
import math

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

OPSET = 17
TYPES = {"F32": numpy.float32, "F16": numpy.float16, "I64": numpy.int64}


def tensors(path):
    """All tensors of a safetensors file, numbers in 32 bits."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        numbers = numpy.frombuffer(data[start:end], TYPES[entry["dtype"]])
        numbers = numbers.reshape(entry["shape"])
        found[name.removeprefix("bert.")] = numbers.astype(numpy.float32)
    return found


class Graph:
    """Nodes and weights as they come."""

    def __init__(self):
        self.nodes, self.weights, self.known = [], [], set()

    def weight(self, name, numbers):
        if name not in self.known:
            self.known.add(name)
            self.weights.append(numpy_helper.from_array(numpy.ascontiguousarray(numbers), name))
        return name

    def number(self, number):
        return self.weight(f"number_{number}", numpy.array(number, numpy.float32))

    def integers(self, *integers):
        return self.weight(f"integers_{integers}", numpy.array(integers, numpy.int64))

    def add(self, operator, *inputs, **attributes):
        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output


def build(folder, config):
    """The model."""
    weights = tensors(folder / "model.safetensors")
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    width, epsilon = hidden // heads, config["layer_norm_eps"]
    graph = Graph()
    add = graph.add

    def linear(name, values):
        weight = graph.weight(f"{name}.weight", weights[f"{name}.weight"].T)
        bias = graph.weight(f"{name}.bias", weights[f"{name}.bias"])
        return add("Add", bias, add("MatMul", values, weight))

    def normalise(name, values):
        weight = graph.weight(f"{name}.weight", weights[f"{name}.weight"])
        bias = graph.weight(f"{name}.bias", weights[f"{name}.bias"])
        return add("LayerNormalization", values, weight, bias, axis=-1, epsilon=epsilon)

    def split(values, order):
        shaped = add("Reshape", values, graph.integers(0, 0, heads, width))
        return add("Transpose", shaped, perm=order)

    def layer(number, stream):
        name = f"encoder.layer.{number}"
        query = split(linear(f"{name}.attention.self.query", stream), [0, 2, 1, 3])
        key = split(linear(f"{name}.attention.self.key", stream), [0, 2, 3, 1])
        value = split(linear(f"{name}.attention.self.value", stream), [0, 2, 1, 3])
        scores = add("Div", add("MatMul", query, key), graph.number(math.sqrt(width)))
        mixed = add("MatMul", add("Softmax", scores, axis=-1), value)
        mixed = add("Transpose", mixed, perm=[0, 2, 1, 3])
        mixed = add("Reshape", mixed, graph.integers(0, 0, hidden))
        attended = add("Add", linear(f"{name}.attention.output.dense", mixed), stream)
        attended = normalise(f"{name}.attention.output.LayerNorm", attended)
        wide = linear(f"{name}.intermediate.dense", attended)
        error = add("Erf", add("Div", wide, graph.number(math.sqrt(2.0))))
        wide = add("Mul", add("Mul", wide, add("Add", error, graph.number(1.0))), graph.number(0.5))
        fed = add("Add", linear(f"{name}.output.dense", wide), attended)
        return normalise(f"{name}.output.LayerNorm", fed)

    words = graph.weight("words", weights["embeddings.word_embeddings.weight"])
    types = weights["embeddings.token_type_embeddings.weight"][0]
    places = graph.weight("places", weights["embeddings.position_embeddings.weight"] + types)
    length = add("Gather", add("Shape", "ids"), graph.integers(1), axis=0)
    positions = add("Slice", places, graph.integers(0), length, graph.integers(0))
    stream = normalise("embeddings.LayerNorm", add("Add", add("Gather", words, "ids"), positions))
    for number in range(config["num_hidden_layers"]):
        stream = layer(number, stream)
    graph.nodes[-1].output[0] = "hidden"
    shape = ["texts", "tokens"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "bert",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, shape)],
            [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [*shape, hidden])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model


def variants(folder, config, into):
    """Names and files: 32 bits first, then int8 as it is and fused.

    Each output of a product has its own scale: with one for all of them the vectors' cosine to
    those of 32 bits falls to 0.9 (and the time stays the same).
    """
    logging.getLogger().setLevel(logging.ERROR)
    plain = into / "plain.onnx"
    onnx.save(build(folder, config), plain)
    yield "f32", plain
    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    heads, hidden = config["num_attention_heads"], config["hidden_size"]
    fused = into / "fused.onnx"
    optimizer.optimize_model(
        str(plain), "bert", heads, hidden, optimization_options=options, opt_level=0
    ).save_model_to_file(str(fused))
    # Shapes of fused nodes are not inferred; all their numbers have 32 bits.
    extra = {"DefaultTensorType": TensorProto.FLOAT}
    for name, source in (("dynamic int8", plain), ("dynamic int8, fused", fused)):
        path = into / f"int8_{source.name}"
        quantize_dynamic(
            source, path, weight_type=QuantType.QInt8, per_channel=True, extra_options=extra
        )
        yield name, path
