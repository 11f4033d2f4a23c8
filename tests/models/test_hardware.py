"""The precision a run uses, on cards that have bf16 and cards that have not."""

from dataclasses import replace

import pytest

from engine.models.hardware import Hardware, choose_precision

AMPERE = Hardware("cuda", "A100", 8, 2**36, 2**36, 2.0, 15_000.0, "2.13")
TURING = replace(AMPERE, name="GTX 1660", bf16_speedup=0.0)
APPLE = replace(AMPERE, device="mps", name="Apple GPU", bf16_speedup=0.0)
OLD_CPU = Hardware("cpu", "Xeon", 4, 2**34, None, 0.4, 60.0, "2.13")
NEW_CPU = replace(OLD_CPU, bf16_speedup=6.0)


@pytest.mark.parametrize(
    ("machine", "wanted", "chosen", "why"),
    [
        (AMPERE, "auto", "bf16", "multiplies matrices 2.0 times as fast"),
        (TURING, "auto", "fp16", "has no bf16"),
        (APPLE, "auto", "fp32", "gains nothing"),
        (OLD_CPU, "auto", "fp32", "gains nothing"),
        (NEW_CPU, "auto", "bf16", "multiplies matrices 6.0 times as fast"),
        (AMPERE, "fp16", "fp16", "as set"),
        (TURING, "bf16", "fp16", "cannot compute in bf16"),
        (APPLE, "bf16", "fp32", "cannot compute in bf16"),
        (APPLE, "fp16", "fp32", "needs an NVIDIA graphics card"),
        (OLD_CPU, "bf16", "bf16", "as set"),
        (NEW_CPU, "fp16", "fp32", "needs an NVIDIA graphics card"),
        (TURING, "fp32", "fp32", "as set"),
    ],
)
def test_the_precision_fits_the_machine_and_says_why(machine, wanted, chosen, why):
    precision, reason = choose_precision(wanted, machine)
    assert precision == chosen
    assert why in reason.text()
