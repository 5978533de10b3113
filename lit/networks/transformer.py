"""A small transformer on tokens, which trains on a CPU."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lit.data.dataset import Form
from lit.networks.pooling import pool


class Transformer(nn.Module):
    """Layers of attention and of units, each behind a normalisation (pre-norm).

    Where every token has a label of its own, a token sees those up to itself (causal), and its last
    hidden numbers give its logits. Else all tokens see each other, and their mean does. What is
    behind an example's last token, -1, is not seen.
    """

    def __init__(
        self, form: Form, width: int = 128, layers: int = 2, heads: int = 4, dropout: float = 0.0
    ):
        """``width`` numbers a token, 4 times as many units, ``heads`` in each layer's attention;
        in training, this share (``dropout``) of the numbers that a layer takes and adds is 0."""
        super().__init__()
        assert form.vocabulary is not None
        self.causal = form.labels == form.shape[0]
        self.tokens = nn.Embedding(form.vocabulary, width)
        self.places = nn.Parameter(0.02 * torch.randn(form.shape[0], width))
        nn.init.normal_(self.tokens.weight, std=0.02)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        outputs = 1 if self.causal else form.labels or 1
        self.head = nn.Linear(width, outputs * form.classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, T, C) of tokens (B, T), or (B, C) of examples."""
        there = x >= 0
        h = self.dropout(self.tokens(x.clamp(min=0)) + self.places[: x.shape[1]])
        # What a causal token sees ends with itself, before what is behind the last.
        seen = None if self.causal else there[:, None, None]
        for layer in self.layers:
            h = layer(h, seen)
        h = self.norm(h)
        if self.causal:
            return self.head(h)
        return self.head(pool(h, there, "mean"))


class Layer(nn.Module):
    """Attention, then units, each added to what came in."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.heads, self.dropout = heads, nn.Dropout(dropout)
        self.before_attention, self.before_units = nn.LayerNorm(width), nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.units, self.added = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, h: Tensor, seen: Tensor | None) -> Tensor:
        """Numbers (B, T, width); ``seen`` (B, 1, 1, T) says which tokens are, None is causal."""
        parts = self.queries_keys_values(self.before_attention(h)).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, is_causal=seen is None)
        h = h + self.dropout(self.attended(found.transpose(1, 2).flatten(2)))
        return h + self.dropout(self.added(F.gelu(self.units(self.before_units(h)))))
