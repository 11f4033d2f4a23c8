"""What is kept of optimizer and gradient scaler: going on from it is as if never interrupted."""

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file

from engine.models.network import PooledClassifier
from engine.tasks import make_task
from engine.training.batching import tokenise
from engine.training.checkpoints import Checkpoints
from engine.training.loop import Trainer
from engine.training.outputs import Reading
from engine.training.outputs.labels import LabelInputs, Labels
from tests.recipes import complete_recipe
from tests.tiny import WORDS, tiny_rows, tiny_tokenizer


class Silence:
    def write(self, type_: str, **fields: object) -> None:
        pass


class Backbone(torch.nn.Module):
    """Two layers over a token table; one is large enough for 8-bit moments."""

    def __init__(self) -> None:
        super().__init__()
        self.table = torch.nn.Embedding(40, 64)
        self.layer = torch.nn.Linear(64, 64)

    def forward(self, input_ids, attention_mask):
        hidden = self.layer(self.table(input_ids)).tanh()
        return type("Said", (), {"last_hidden_state": hidden})


def trainer(folder, optimizer: str, scaled: bool = False) -> Trainer:
    torch.manual_seed(0)
    chosen = complete_recipe("x", optimizer=optimizer, average_weights=False)
    output = Labels(make_task("multiclass", tuple(sorted(WORDS))), tiny_tokenizer(), Reading(16))
    rows = tiny_rows(64)
    tokens = tokenise(tiny_tokenizer(), rows["text"].tolist(), 16)
    inputs = LabelInputs(tokens, output.task.truth([[label] for label in rows["label"]]))
    accelerator = Accelerator(cpu=True)
    if scaled:  # as accelerate makes one on a card for fp16
        accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=256.0, growth_interval=3)
    network = PooledClassifier(Backbone(), 64, "mean", 3)
    return Trainer(
        network, output, chosen, inputs, inputs, accelerator, Silence(), Checkpoints(folder)
    )


@pytest.mark.parametrize(
    ("optimizer", "scaled"), [("adamw", False), ("adamw_8bit", False), ("adamw", True)]
)
def test_going_on_from_a_checkpoint_is_as_never_interrupted(tmp_path, optimizer, scaled):
    calm = trainer(tmp_path, optimizer, scaled)
    for step in range(10):
        if step == 5:
            calm.save()
        calm._step()
    resumed = trainer(tmp_path, optimizer, scaled)
    assert resumed.resume()
    for _ in range(5):
        resumed._step()
    for name, weight in calm._plain.state_dict().items():
        assert torch.equal(resumed._plain.state_dict()[name], weight), name
    if scaled:
        assert calm.accelerator.scaler.get_scale() == resumed.accelerator.scaler.get_scale() > 256
        assert resumed.accelerator.scaler.state_dict() == calm.accelerator.scaler.state_dict()


def test_large_moments_have_eight_bits_and_small_ones_not(tmp_path):
    run = trainer(tmp_path, "adamw_8bit")
    run._step()
    run.save()
    kept = load_file(next(tmp_path.glob("step-1")) / "optimizer.safetensors")
    kinds = {tuple(t.shape): t.dtype for name, t in kept.items() if name.endswith(".state1")}
    assert kinds[64, 64] is torch.uint8
    assert kinds[3, 64] is torch.float32


def test_eight_bits_learn_as_well(tmp_path):
    losses = {}
    for optimizer in ("adamw", "adamw_8bit"):
        run = trainer(tmp_path / optimizer, optimizer)
        losses[optimizer] = [run._step() for _ in range(16)]
    np.testing.assert_allclose(losses["adamw_8bit"], losses["adamw"], rtol=0.05)
    assert losses["adamw_8bit"][-1] < 0.5 * losses["adamw_8bit"][0]


def test_a_step_that_overflows_fp16_is_left_out_and_the_scale_falls(tmp_path):
    run = trainer(tmp_path, "adamw", scaled=True)
    run._step()
    before = {name: weight.clone() for name, weight in run._plain.state_dict().items()}
    run.network.head.weight.register_hook(lambda gradient: gradient * float("inf"))
    run._step()
    assert run.accelerator.scaler.get_scale() == 128
    for name, weight in run._plain.state_dict().items():
        assert torch.equal(before[name], weight), name
