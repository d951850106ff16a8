"""Where training starts: not from noise alone, which saves about a third of the early steps."""

import torch
from torch import Tensor

from encoder import Encoder


def whiten_patches(encoder: Encoder, batches: list[Tensor]) -> None:
    """Sets the patch embedding to the whitened principal components of patches of normalised images, each [N, 3, H, W]."""
    convolution = encoder.embeddings.patch_embeddings
    size = convolution.kernel_size[0]
    unfolded = [torch.nn.functional.unfold(images, size, stride=size) for images in batches]
    patches = torch.cat([columns.transpose(1, 2).flatten(0, 1) for columns in unfolded]).double()
    mean = patches.mean(dim=0)
    covariance = (patches - mean).T @ (patches - mean) / len(patches)
    values, vectors = torch.linalg.eigh(covariance)
    width = convolution.out_channels
    values, vectors = values.flip(0)[:width], vectors.flip(1)[:, :width]
    # An eigenvector's sign is arbitrary and differs between machines: its largest entry is made positive.
    vectors = vectors * vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True)).sign()
    # A thousandth of the mean variance keeps directions that hold hardly anything from being blown up.
    rows = (vectors / (values + 1e-3 * values.mean()).sqrt()).T
    with torch.no_grad():
        convolution.weight.copy_(rows.reshape(convolution.weight.shape))
        convolution.bias.copy_(-(rows @ mean))


def factor(product: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """Two [rank, width] matrices a, b with a^T b near `product` [width, width], by its singular values."""
    left, values, right = torch.linalg.svd(product)
    root = values[:rank].sqrt()[:, None]
    return root * left[:, :rank].T, root * right[:rank]


def mimic_trained_attention(encoder: Encoder, generator: torch.Generator) -> None:
    """Query-key products near +identity and value-output products near -identity, as in trained ViTs.

    Trockman and Kolter 2023, "Mimetic initialization of self-attention layers": W = alpha Z + beta I, factored a head.
    """
    width, heads = encoder.shape.width, encoder.shape.heads
    rank = width // heads
    with torch.no_grad():
        for layer in encoder.layer:
            attention = layer.attention
            for head in range(heads):
                rows = slice(head * rank, (head + 1) * rank)
                noise = torch.randn(width, width, generator=generator) / width**0.5
                query, key = factor(0.7 * noise + 0.7 * torch.eye(width), rank)
                attention.q_proj.weight[rows], attention.k_proj.weight[rows] = query, key
                noise = torch.randn(width, width, generator=generator) / width**0.5
                output, value = factor(0.4 * noise - 0.4 * torch.eye(width), rank)
                attention.o_proj.weight[:, rows], attention.v_proj.weight[rows] = output.T, value
            for module in (attention.q_proj, attention.v_proj, attention.o_proj, layer.mlp.up_proj, layer.mlp.down_proj):
                module.bias.zero_()
