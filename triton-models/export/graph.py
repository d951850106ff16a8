"""Draws the DINOv3 ViT as an ONNX graph, node by node, from its weights.

Drawing instead of tracing keeps the graph the same on every machine and free of If, Loop and Shape: the height and
width are constants, only N is dynamic.
"""

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from rope import rope_tables
from weights import Weights

# 17 is the first opset where LayerNormalization is one node, which engines keep in FP32; newer ones bring nothing here
# and fewer runtimes read them. IR 8 is the file format of that opset.
OPSET = 17
IR_VERSION = 8


class GraphWriter:
    """Nodes and constants in the order in which they are written."""

    def __init__(self, half: bool = False) -> None:
        # Whether linear layers hold FP16 weights; norms, rotation, QK^T, softmax and the residual stream stay FP32.
        self.half = half
        self.nodes: list = []
        self.constants: dict[str, np.ndarray] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        if name not in self.constants:
            self.constants[name] = np.ascontiguousarray(value)
        return name

    def op(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def split(self, source: str, outputs: list[str], axis: int, sizes: list[int]) -> list[str]:
        lengths = self.constant("shape/split_" + "_".join(map(str, sizes)), np.array(sizes, np.int64))
        self.nodes.append(helper.make_node("Split", [source, lengths], outputs, name=outputs[0] + "/split", axis=axis))
        return outputs

    def reshape(self, source: str, output: str, shape: list[int]) -> str:
        """A 0 keeps the dimension of the input: this is how N passes without a Shape node."""
        target = self.constant("shape/" + "_".join(map(str, shape)), np.array(shape, np.int64))
        return self.op("Reshape", [source, target], output)


def draw_model(weights: Weights, height: int, width: int, half: bool = False) -> ModelProto:
    """image UINT8 [N,3,H,W] -> cls FP32 [N,D], patch_mean FP32 [N,D], patch_tokens FP16 [N,P,D]."""
    config = weights.config
    patch = config["patch_size"]
    if height % patch or width % patch:
        raise ValueError(f"{height}x{width} is not a multiple of the patch size {patch}")
    dim, registers = config["hidden_size"], config["num_register_tokens"]
    patches = (height // patch) * (width // patch)
    writer = GraphWriter(half)
    tokens = draw_embedding(writer, weights, patches)
    cos, sin = rope_tables(
        height // patch, width // patch, dim // config["num_attention_heads"], config["rope_theta"], 1 + registers
    )
    writer.constant("rope/cos", cos)
    writer.constant("rope/sin", sin)
    for layer in range(config["num_hidden_layers"]):
        tokens = draw_block(writer, weights, f"layer.{layer}", tokens, 1 + registers + patches)
    draw_outputs(writer, weights, tokens, registers, patches)
    graph = helper.make_graph(
        writer.nodes,
        "dinov3_vit",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", config["num_channels"], height, width])],
        [
            helper.make_tensor_value_info("cls", TensorProto.FLOAT, ["N", dim]),
            helper.make_tensor_value_info("patch_mean", TensorProto.FLOAT, ["N", dim]),
            helper.make_tensor_value_info("patch_tokens", TensorProto.FLOAT16, ["N", patches, dim]),
        ],
        [numpy_helper.from_array(value, name) for name, value in writer.constants.items()],
    )
    model = helper.make_model(
        graph, producer_name="tessera", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    helper.set_model_props(model, {"tessera.weights_digest": weights.digest})
    return model


def draw_embedding(writer: GraphWriter, weights: Weights, patches: int) -> str:
    """Normalised pixels -> [CLS, registers, patches row-major], [N, T, D]."""
    tensors, config = weights.tensors, weights.config
    dim, registers, patch = config["hidden_size"], config["num_register_tokens"], config["patch_size"]
    mean = np.array(weights.mean, np.float64).reshape(1, -1, 1, 1)
    std = np.array(weights.std, np.float64).reshape(1, -1, 1, 1)
    # (x / 255 - mean) / std in two operations: (x - 255 mean) * 1 / (255 std), constants rounded once.
    writer.constant("pixel/mean", (255.0 * mean).astype(np.float32))
    writer.constant("pixel/inverse_std", (1.0 / (255.0 * std)).astype(np.float32))
    writer.op("Cast", ["image"], "pixel/float", to=TensorProto.FLOAT)
    writer.op("Sub", ["pixel/float", "pixel/mean"], "pixel/centred")
    writer.op("Mul", ["pixel/centred", "pixel/inverse_std"], "pixel/normalised")
    weight = writer.constant("patch_embedding/weight", tensors["embeddings.patch_embeddings.weight"])
    bias = writer.constant("patch_embedding/bias", tensors["embeddings.patch_embeddings.bias"])
    writer.op(
        "Conv", ["pixel/normalised", weight, bias], "patch_embedding/grid", kernel_shape=[patch, patch], strides=[patch, patch]
    )
    writer.reshape("patch_embedding/grid", "patch_embedding/flat", [0, dim, patches])
    # The CLS and register tokens take their places by padding and adding: expanding them to N would need a Shape node.
    pads = writer.constant("shape/prefix_pads", np.array([0, 0, 1 + registers, 0, 0, 0], np.int64))
    writer.op("Pad", ["patch_embedding/flat", pads], "patch_embedding/padded")
    writer.op("Transpose", ["patch_embedding/padded"], "patch_embedding/tokens", perm=[0, 2, 1])
    prefix = np.zeros((1, 1 + registers + patches, dim), np.float32)
    prefix[:, :1] = tensors["embeddings.cls_token"]
    prefix[:, 1 : 1 + registers] = tensors["embeddings.register_tokens"]
    return writer.op("Add", ["patch_embedding/tokens", writer.constant("prefix", prefix)], "tokens")


def draw_block(writer: GraphWriter, weights: Weights, name: str, tokens: str, count: int) -> str:
    """x + scale1 * attention(norm1(x)), then x + scale2 * mlp(norm2(x))."""
    tensors = weights.tensors
    normed = draw_norm(writer, weights, f"{name}.norm1", tokens)
    attended = draw_attention(writer, weights, f"{name}.attention", normed, count)
    scale = writer.constant(f"{name}.scale1", tensors[f"{name}.layer_scale1.lambda1"])
    writer.op("Mul", [attended, scale], f"{name}.attention/scaled")
    middle = writer.op("Add", [tokens, f"{name}.attention/scaled"], f"{name}.attention/residual")
    normed = draw_norm(writer, weights, f"{name}.norm2", middle)
    projected = draw_feed_forward(writer, weights, name, normed)
    scale = writer.constant(f"{name}.scale2", tensors[f"{name}.layer_scale2.lambda1"])
    writer.op("Mul", [projected, scale], f"{name}.mlp/scaled")
    return writer.op("Add", [middle, f"{name}.mlp/scaled"], f"{name}.mlp/residual")


def draw_feed_forward(writer: GraphWriter, weights: Weights, name: str, normed: str) -> str:
    """down(act(up(x))), or gated: down(act(gate(x)) * up(x))."""
    draw_activation = {"gelu": draw_gelu, "silu": draw_silu}[weights.config["hidden_act"]]
    if not weights.config.get("use_gated_mlp", False):
        hidden = draw_activation(writer, name, draw_linear(writer, weights, f"{name}.mlp.up_proj", normed))
        return draw_linear(writer, weights, f"{name}.mlp.down_proj", hidden)
    gate = draw_activation(writer, name, draw_linear(writer, weights, f"{name}.mlp.gate_proj", normed))
    hidden = draw_linear(writer, weights, f"{name}.mlp.up_proj", normed)
    writer.op("Mul", [gate, hidden], f"{name}.mlp/gated")
    return draw_linear(writer, weights, f"{name}.mlp.down_proj", f"{name}.mlp/gated")


def draw_gelu(writer: GraphWriter, name: str, hidden: str) -> str:
    """By the error function, in the form that ONNX Runtime and TensorRT recognise and fuse."""
    writer.op("Div", [hidden, writer.constant("sqrt2", np.float32(np.sqrt(2.0)).reshape(()))], f"{name}.gelu/div")
    writer.op("Erf", [f"{name}.gelu/div"], f"{name}.gelu/erf")
    writer.op("Add", [f"{name}.gelu/erf", writer.constant("one", np.float32(1).reshape(()))], f"{name}.gelu/add")
    writer.op("Mul", [hidden, f"{name}.gelu/add"], f"{name}.gelu/mul")
    return writer.op("Mul", [f"{name}.gelu/mul", writer.constant("half", np.float32(0.5).reshape(()))], f"{name}.gelu")


def draw_silu(writer: GraphWriter, name: str, hidden: str) -> str:
    writer.op("Sigmoid", [hidden], f"{name}.silu/sigmoid")
    return writer.op("Mul", [hidden, f"{name}.silu/sigmoid"], f"{name}.silu")


def draw_attention(writer: GraphWriter, weights: Weights, name: str, tokens: str, count: int) -> str:
    """Multi-head attention; Q, K and V as one product, Q and K rotated, softmax in the input's precision."""
    tensors, dim, heads = weights.tensors, weights.config["hidden_size"], weights.config["num_attention_heads"]
    head_dim = dim // heads
    parts = [f"{name}.{part}_proj" for part in "qkv"]
    weight = np.concatenate([tensors[f"{part}.weight"].T for part in parts], axis=1)
    # The released architecture has no K bias, 7B none at all: zeros keep the three in one product.
    bias = np.concatenate([tensors.get(f"{part}.bias", np.zeros(dim, np.float32)) for part in parts])
    draw_product(writer, f"{name}.qkv", tokens, weight, bias)
    writer.split(f"{name}.qkv", [f"{name}.{part}/flat" for part in "qkv"], 2, [dim] * 3)
    for part in "qkv":
        writer.reshape(f"{name}.{part}/flat", f"{name}.{part}/heads", [0, count, heads, head_dim])
        writer.op("Transpose", [f"{name}.{part}/heads"], f"{name}.{part}", perm=[0, 2, 1, 3])
    query = draw_rotation(writer, f"{name}.q", head_dim)
    key = draw_rotation(writer, f"{name}.k", head_dim)
    # Q is scaled before the product, not the product after it: the same in FP32, and no FP16 overflow later.
    scale = writer.constant("attention_scale", np.float32(head_dim**-0.5).reshape(()))
    writer.op("Mul", [query, scale], f"{name}.q/scaled")
    writer.op("Transpose", [key], f"{name}.k/transposed", perm=[0, 1, 3, 2])
    writer.op("MatMul", [f"{name}.q/scaled", f"{name}.k/transposed"], f"{name}.logits")
    writer.op("Softmax", [f"{name}.logits"], f"{name}.softmax", axis=-1)
    writer.op("MatMul", [f"{name}.softmax", f"{name}.v"], f"{name}.context")
    writer.op("Transpose", [f"{name}.context"], f"{name}.context/tokens", perm=[0, 2, 1, 3])
    writer.reshape(f"{name}.context/tokens", f"{name}.context/merged", [0, count, dim])
    return draw_linear(writer, weights, f"{name}.o_proj", f"{name}.context/merged")


def draw_rotation(writer: GraphWriter, name: str, head_dim: int) -> str:
    """x * cos + swap(x) * sin, see rope_tables."""
    first, second = writer.split(name, [f"{name}/first", f"{name}/second"], 3, [head_dim // 2] * 2)
    writer.op("Concat", [second, first], f"{name}/swapped", axis=3)
    writer.op("Mul", [name, "rope/cos"], f"{name}/cos")
    writer.op("Mul", [f"{name}/swapped", "rope/sin"], f"{name}/sin")
    return writer.op("Add", [f"{name}/cos", f"{name}/sin"], f"{name}/rotated")


def draw_norm(writer: GraphWriter, weights: Weights, name: str, tokens: str) -> str:
    weight = writer.constant(f"{name}.weight", weights.tensors[f"{name}.weight"])
    bias = writer.constant(f"{name}.bias", weights.tensors[f"{name}.bias"])
    epsilon = weights.config["layer_norm_eps"]
    return writer.op("LayerNormalization", [tokens, weight, bias], name, axis=-1, epsilon=epsilon)


def draw_linear(writer: GraphWriter, weights: Weights, name: str, tokens: str) -> str:
    weight = weights.tensors[f"{name}.weight"].T
    # 7B has no biases in Q and V; a projection without one adds zeros, which engines fold.
    bias = weights.tensors.get(f"{name}.bias", np.zeros(weight.shape[1], np.float32))
    return draw_product(writer, name, tokens, weight, bias)


def draw_product(writer: GraphWriter, name: str, tokens: str, weight: np.ndarray, bias: np.ndarray) -> str:
    """tokens @ weight + bias, FP32 in and out; the product itself in the writer's precision."""
    kind = np.float16 if writer.half else np.float32
    weight, bias = writer.constant(f"{name}.weight", weight.astype(kind)), writer.constant(f"{name}.bias", bias.astype(kind))
    if not writer.half:
        writer.op("MatMul", [tokens, weight], f"{name}/matmul")
        return writer.op("Add", [f"{name}/matmul", bias], name)
    writer.op("Cast", [tokens], f"{name}/half", to=TensorProto.FLOAT16)
    writer.op("MatMul", [f"{name}/half", weight], f"{name}/matmul")
    writer.op("Add", [f"{name}/matmul", bias], f"{name}/sum")
    return writer.op("Cast", [f"{name}/sum"], name, to=TensorProto.FLOAT)


def draw_outputs(writer: GraphWriter, weights: Weights, tokens: str, registers: int, patches: int) -> None:
    """The final norm, then CLS, the FP32 mean of the patch tokens, and the patch tokens as FP16."""
    dim = weights.config["hidden_size"]
    normed = draw_norm(writer, weights, "norm", tokens)
    parts = ["output/cls", "output/registers", "output/patches"]
    writer.split(normed, parts, 1, [1, registers, patches])
    writer.reshape("output/cls", "cls", [0, dim])
    writer.op("ReduceMean", ["output/patches"], "patch_mean", axes=[1], keepdims=0)
    writer.op("Cast", ["output/patches"], "patch_tokens", to=TensorProto.FLOAT16)
