"""What a card can do at most, and what training needs at least: utilisation is the ratio of them.

    operations a token = c N + 12 L W s      c = 6 for all weights, 4 for adapters

N numbers in the matrices that are multiplied, L layers, W width, s mean length weighted by tokens,
the second term halved for a decoder, which looks back only (Kaplan et al. 2020, section 2.1;
Chowdhery et al. 2022, appendix B). Neither padding nor recomputed activations count.
"""

from collections.abc import Mapping

PEAKS = {
    "H200": 989.0, "H100 PCIe": 756.0, "H100 NVL": 835.0, "H100": 989.0, "A100": 312.0,
    "RTX 4090": 165.0, "L40S": 362.0, "L40": 181.0, "L4": 121.0, "T4": 65.0,
}  # fmt: skip
"""Dense peak in bf16 (fp16 for the T4) with sums in fp32, in 10^12 operations a second, from
NVIDIA's data sheets, which give twice that where they count half of the numbers as zero."""


def card() -> tuple[str, float | None, str]:
    """Name, peak and precision of the card; what the CPU offers where there is none."""
    import torch

    if not torch.cuda.is_available():
        return "CPU", None, "fp32"
    name = torch.cuda.get_device_name(0)
    peak = next((value for key, value in PEAKS.items() if key in name), None)
    return name, peak, "bf16" if torch.cuda.is_bf16_supported(False) else "fp16"


def operations(size: Mapping[str, int], decoder: bool, full: bool, length: float) -> float:
    """Useful operations a token, by the formula above."""
    width, layers, inner = (
        size[key] for key in ("hidden_size", "num_hidden_layers", "intermediate_size")
    )
    matrices = 4 * width * width + 2 * width * inner
    if decoder:  # grouped keys and values, a gated network of three matrices
        keys = width * size["num_key_value_heads"] // size["num_attention_heads"]
        matrices = 2 * width * width + 2 * width * keys + 3 * width * inner
    looking = 12 * layers * width * length / (2 if decoder else 1)
    return (6 if full else 4) * layers * matrices + looking
