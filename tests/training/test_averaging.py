"""The running average of the weights against the same average computed by hand."""

import torch
from torch import nn

from engine.training.averaging import EVERY, SPAN, WeightAverage

STEPS = 400


def test_it_is_the_exponential_average_of_every_fourth_step_and_the_last():
    network = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(0.0)
    average, expected = WeightAverage(network, STEPS + 1), 0.0
    for step in range(1, STEPS + 2):
        with torch.no_grad():
            network.weight.fill_(float(step))
        average.update(step)
        if step % EVERY == 0 or step == STEPS + 1:
            count = step // EVERY
            decay = min(1 - SPAN * EVERY / (STEPS + 1), (1 + count) / (10 + count))
            expected = decay * expected + (1 - decay) * step
    assert abs(float(average.state()["weight"]) - expected) < 1e-2
    assert STEPS * 0.8 < expected < STEPS


def test_swapping_in_and_out_leaves_both_as_they_were():
    network = nn.Linear(2, 2)
    average = WeightAverage(network, STEPS)
    with torch.no_grad():
        network.weight.add_(1)
    trained = network.weight.detach().clone()
    averaged = average.state()["weight"]
    with average.swapped_in():
        assert torch.equal(network.weight, averaged)
    assert torch.equal(network.weight, trained)
    assert torch.equal(average.state()["weight"], averaged)
