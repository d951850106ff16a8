"""The DINOv3 ViT architecture for training, with the parameter names of transformers' `DINOv3ViTModel`."""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

PATCH = 16
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Shape:
    """What the weights' sizes follow from."""

    width: int = 192
    depth: int = 6
    heads: int = 3
    hidden: int = 768
    registers: int = 4


def hub_config(shape: Shape) -> dict:
    """`config.json` as transformers reads it."""
    return {
        "architectures": ["DINOv3ViTModel"],
        "model_type": "dinov3_vit",
        "attention_dropout": 0.0,
        "drop_path_rate": 0.0,
        "initializer_range": 0.02,
        "torch_dtype": "float16",
        "hidden_size": shape.width,
        "num_hidden_layers": shape.depth,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.hidden,
        "num_register_tokens": shape.registers,
        "patch_size": PATCH,
        "rope_theta": 100.0,
        "layer_norm_eps": 1e-05,
        "query_bias": True,
        "key_bias": False,
        "value_bias": True,
        "proj_bias": True,
        "mlp_bias": True,
        "layerscale_value": 1.0,
        "use_gated_mlp": False,
        "hidden_act": "gelu",
        "image_size": 224,
        "num_channels": 3,
        "pos_embed_rescale": 2.0,
        "pos_embed_shift": None,
        "pos_embed_jitter": None,
    }


def shape_of(config: dict) -> Shape:
    """The inverse of `hub_config`."""
    return Shape(
        width=config["hidden_size"],
        depth=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        hidden=config["intermediate_size"],
        registers=config["num_register_tokens"],
    )


def rope(rows: int, columns: int, head_width: int, rescale: float, device: torch.device) -> tuple[Tensor, Tensor]:
    """cos and sin, FP32 [rows * columns, head_width]: axial, on patch centres in [-1, 1] times `rescale`, base 100.

    The formula is that of facebookresearch/dinov3, layers/rope_position_encoding.py.
    """
    y = (2 * (torch.arange(rows, device=device) + 0.5) / rows - 1) * rescale
    x = (2 * (torch.arange(columns, device=device) + 0.5) / columns - 1) * rescale
    centres = torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1).flatten(0, 1)
    frequencies = 100.0 ** -(torch.arange(head_width // 4, device=device) * 4.0 / head_width)
    angles = (2 * math.pi * centres[:, :, None] * frequencies).flatten(1, 2).tile(2)
    return angles.cos(), angles.sin()


def turn(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns the patch tokens of [N, heads, T, w]; the tokens before them stay."""
    prefix = heads.shape[2] - cos.shape[0]
    patches = heads[:, :, prefix:]
    first, second = patches.chunk(2, dim=-1)
    turned = patches * cos + torch.cat([-second, first], dim=-1) * sin
    return torch.cat([heads[:, :, :prefix], turned.to(heads.dtype)], dim=2)


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.q_proj = nn.Linear(shape.width, shape.width)
        self.k_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.v_proj = nn.Linear(shape.width, shape.width)
        self.o_proj = nn.Linear(shape.width, shape.width)

    def forward(self, tokens: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        count, length, width = tokens.shape
        parts = (projection(tokens) for projection in (self.q_proj, self.k_proj, self.v_proj))
        query, key, value = (part.view(count, length, self.heads, -1).transpose(1, 2) for part in parts)
        query, key = turn(query, cos, sin), turn(key, cos, sin)
        # Written out: the fused attention of CPUs has a slow backward pass for short sequences.
        scores = (query @ key.transpose(2, 3)) * (width // self.heads) ** -0.5
        mixed = scores.softmax(dim=-1).to(value.dtype) @ value
        return self.o_proj(mixed.transpose(1, 2).reshape(count, length, width))


class Mlp(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.up_proj = nn.Linear(shape.width, shape.hidden)
        self.down_proj = nn.Linear(shape.hidden, shape.width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.down_proj(nn.functional.gelu(self.up_proj(tokens)))


class LayerScale(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.lambda1 = nn.Parameter(torch.ones(width))

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens * self.lambda1


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(shape.width, eps=1e-5)
        self.attention = Attention(shape)
        self.layer_scale1 = LayerScale(shape.width)
        self.norm2 = nn.LayerNorm(shape.width, eps=1e-5)
        self.mlp = Mlp(shape)
        self.layer_scale2 = LayerScale(shape.width)

    def forward(self, tokens: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        tokens = tokens + self.layer_scale1(self.attention(self.norm1(tokens), cos, sin))
        return tokens + self.layer_scale2(self.mlp(self.norm2(tokens)))


class Embeddings(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, shape.width) * 0.02)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, shape.width))
        self.register_tokens = nn.Parameter(torch.randn(1, shape.registers, shape.width) * 0.02)
        self.patch_embeddings = nn.Conv2d(3, shape.width, PATCH, stride=PATCH)

    def forward(self, pixels: Tensor, masked: Tensor | None) -> Tensor:
        patches = self.patch_embeddings(pixels).flatten(2).transpose(1, 2)
        if masked is not None:
            patches = torch.where(masked[:, :, None], self.mask_token.to(patches.dtype), patches)
        prefix = torch.cat([self.cls_token, self.register_tokens], dim=1).expand(len(pixels), -1, -1)
        return torch.cat([prefix.to(patches.dtype), patches], dim=1)


class Encoder(nn.Module):
    """Normalised pixels [N, 3, H, W], sides multiples of 16 -> CLS [N, D] and patch tokens [N, P, D] after the final norm.

    `masked` BOOL [N, P] replaces patches by the mask token; `rescale` multiplies the rotary coordinates.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = Embeddings(shape)
        self.layer = nn.ModuleList(Layer(shape) for _ in range(shape.depth))
        self.norm = nn.LayerNorm(shape.width, eps=1e-5)

    def forward(self, pixels: Tensor, masked: Tensor | None = None, rescale: float = 1.0) -> tuple[Tensor, Tensor]:
        rows, columns = pixels.shape[2] // PATCH, pixels.shape[3] // PATCH
        cos, sin = rope(rows, columns, self.shape.width // self.shape.heads, rescale, pixels.device)
        tokens = self.embeddings(pixels, masked)
        for layer in self.layer:
            tokens = layer(tokens, cos, sin)
        tokens = self.norm(tokens)
        return tokens[:, 0], tokens[:, 1 + self.shape.registers :]


def normalise(images: Tensor) -> Tensor:
    """RGB in [0, 1], [N, 3, H, W] -> what the encoder takes."""
    mean = torch.tensor(MEAN, device=images.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=images.device).view(1, 3, 1, 1)
    return (images - mean) / std


def shape_fields(shape: Shape) -> dict:
    return asdict(shape)
