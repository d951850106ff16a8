"""Image encoders of other families with random weights, as transformers defines them, exported to ONNX by torch."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    ResNetConfig,
    ResNetModel,
    ViTConfig,
    ViTModel,
)

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
# OpenAI's CLIP and what follows it, BiomedCLIP too.
CLIP = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}
HALVES = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}


class Encoder(torch.nn.Module):
    """Pixels in, a tuple of tensors out."""

    def __init__(self, inner: torch.nn.Module, read: Callable, channels_last: bool = False) -> None:
        super().__init__()
        self.inner, self.read, self.channels_last = inner, read, channels_last

    def forward(self, pixel_values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        pixels = pixel_values.permute(0, 3, 1, 2) if self.channels_last else pixel_values
        return self.read(self.inner(pixels))


@dataclass(frozen=True)
class Case:
    """A model, the names of what it answers, the recipe for it, and what the gateway shall say of it.

    `expected`: the answers -> FP32 [N,D] of `cls`, and [N,P,D] of the tokens or None, written apart from the wrapping."""

    make: Callable[[], Encoder]
    outputs: list[str]
    recipe: dict
    expected: Callable[[list[torch.Tensor]], tuple[torch.Tensor, torch.Tensor | None]]
    size: int
    patch_size: int | None
    poolings: list[str]
    dynamic_batch: bool = True
    dynamic_size: bool = False


def randomise(model: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Matrices that keep the variance, so that every layer matters to the output, and running means that are not zero."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, value in model.state_dict().items():
        if not value.is_floating_point():
            tensors[name] = value
            continue
        noise = torch.randn(value.shape, generator=generator)
        if value.ndim >= 2 and "embedding.weight" not in name and "token" not in name:
            tensors[name] = noise / np.sqrt(value[0].numel())
        elif name.endswith(("norm.weight", "norm1.weight", "norm2.weight", "normalization.weight", "running_var")):
            tensors[name] = 1 + 0.1 * noise.abs()
        else:
            tensors[name] = 0.1 * noise
    model.load_state_dict(tensors)
    return model.eval()


def resnet18(channels_last: bool = False, widths: tuple[int, ...] = (64, 128, 256, 512)) -> Encoder:
    config = ResNetConfig(embedding_size=widths[0], hidden_sizes=list(widths), depths=[2, 2, 2, 2], layer_type="basic")
    if channels_last:
        return Encoder(randomise(ResNetModel(config)), lambda out: (out.last_hidden_state.permute(0, 2, 3, 1),), True)
    return Encoder(randomise(ResNetModel(config)), lambda out: (out.last_hidden_state, out.pooler_output))


SMALL = {"hidden_size": 192, "intermediate_size": 768, "num_hidden_layers": 4, "num_attention_heads": 3, "image_size": 224}


def clip_tower() -> Encoder:
    """Patch 16 and a projection, as BiomedCLIP's image tower."""
    config = CLIPVisionConfig(**SMALL, patch_size=16, projection_dim=128)
    return Encoder(randomise(CLIPVisionModelWithProjection(config)), lambda out: (out.image_embeds, out.last_hidden_state))


def vit() -> Encoder:
    config = ViTConfig(**SMALL, patch_size=16)
    return Encoder(randomise(ViTModel(config, add_pooling_layer=False)), lambda out: (out.last_hidden_state,))


def recipe(variant: str, pixels: dict, pooled: dict, tokens: dict | None = None, **more) -> dict:
    document = {
        "family": variant.split("_")[0],
        "variant": variant,
        "description": "Random weights, for tests.",
        "input": pixels,
        "pooled": pooled,
        "licence": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    } | more
    return document if tokens is None else document | {"tokens": tokens}


ALL_POOLINGS = ["cls", "patch_mean", "cls_patch_mean"]
RESNET = Case(
    make=resnet18,
    outputs=["last_hidden_state", "pooler_output"],
    recipe=recipe("resnet18_random", IMAGENET, {"output": "pooler_output"}, {"output": "last_hidden_state"}),
    expected=lambda out: (out[1].flatten(1), out[0].flatten(2).transpose(1, 2)),
    size=224,
    patch_size=32,
    poolings=ALL_POOLINGS,
)
CASES = {
    "a ResNet-18 whose 7 x 7 map is its tokens": RESNET,
    "a CLIP image tower of which only the projection is known": Case(
        make=clip_tower,
        outputs=["image_embeds", "last_hidden_state"],
        recipe=recipe("clip_random", CLIP, {"output": "image_embeds"}),
        expected=lambda out: (out[0], None),
        size=224,
        patch_size=None,
        poolings=["cls"],
    ),
    "a ViT: CLS first, patch tokens after it": Case(
        make=vit,
        outputs=["last_hidden_state"],
        recipe=recipe(
            "vit_random",
            HALVES,
            {"output": "last_hidden_state", "take": "first"},
            {"output": "last_hidden_state", "prefixTokens": 1},
        ),
        expected=lambda out: (out[0][:, 0], out[0][:, 1:]),
        size=224,
        patch_size=16,
        poolings=ALL_POOLINGS,
    ),
    "a ViT whose vector is the mean of its patches": Case(
        make=vit,
        outputs=["last_hidden_state"],
        recipe=recipe("vit_mean_random", HALVES, {"output": "last_hidden_state", "take": "mean", "prefixTokens": 1}),
        expected=lambda out: (out[0][:, 1:].mean(dim=1), None),
        size=224,
        patch_size=None,
        poolings=["cls"],
    ),
    "a CNN with channels last, samples of 0 to 255, any size, and a batch that was fixed to 1": Case(
        make=lambda: resnet18(channels_last=True, widths=(16, 32, 48, 64)),
        outputs=["features"],
        recipe=recipe(
            "resnet_nhwc_random",
            {"mean": [123.7, 116.3, 103.5], "std": [58.4, 57.1, 57.4]}
            | {"layout": "NHWC", "scale": 1.0, "height": 100, "width": 100},
            {"output": "features"},
        ),
        expected=lambda out: (out[0].mean(dim=(1, 2)), None),
        size=100,
        patch_size=None,
        poolings=["cls"],
        dynamic_batch=False,
        dynamic_size=True,
    ),
}


def export_onnx(case: Case, path: Path, encoder: Encoder | None = None) -> Path:
    """By torch's tracing exporter, which needs no package beside onnx."""
    encoder = encoder or case.make()
    shape = (1, case.size, case.size, 3) if encoder.channels_last else (1, 3, case.size, case.size)
    sides = (1, 2) if encoder.channels_last else (2, 3)
    axes = ({0: "batch"} if case.dynamic_batch else {}) | ({side: f"side{side}" for side in sides} if case.dynamic_size else {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            encoder,
            (torch.zeros(shape),),
            path,
            input_names=["pixel_values"],
            output_names=case.outputs,
            dynamic_axes={"pixel_values": axes},
            opset_version=17,
            dynamo=False,
        )
    return path


def run_torch(case: Case, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """UINT8 [N,3,H,W] -> `cls` and the tokens, with torch's arithmetic all the way."""
    encoder, pixels = case.make(), case.recipe["input"]
    mean, std = (torch.tensor(pixels[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    samples = torch.from_numpy(images).float()
    normalised = ((samples if pixels.get("scale") == 1.0 else samples / 255.0) - mean) / std
    with torch.no_grad():
        cls, tokens = case.expected(list(encoder(normalised.permute(0, 2, 3, 1) if encoder.channels_last else normalised)))
    return cls.numpy(), None if tokens is None else tokens.numpy()
