"""The loop against a plain transformers Trainer fed the same batches: the same loss a step."""

from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

from engine.models.network import NativeModel
from engine.tasks import make_task
from engine.training.batching import epoch_batches, tokenise
from engine.training.checkpoints import Checkpoints
from engine.training.loop import Trainer as Loop
from engine.training.outputs import Reading
from engine.training.outputs.labels import LabelInputs, Labels
from tests.tiny import recipe, tiny_dataset, tiny_model, tiny_rows, tiny_tokenizer

EPOCHS = 3


class Losses(list):
    """Stands for the event log: keeps each step's loss, whatever the clock says."""

    def write(self, type_: str, **fields: object) -> None:
        pass


@pytest.fixture
def parts(workspace, tmp_path: Path):
    folder = tiny_model(tmp_path / "model")
    dataset = tiny_dataset(workspace, tmp_path / "source")
    chosen = recipe(
        dataset,
        folder,
        epochs=float(EPOCHS),
        warmup=0.0,
        head="native",
        learning_rate=4e-3,
        average_weights=False,
    )
    frame = tiny_rows(90)
    task = make_task("multiclass", dataset.labels)
    output = Labels(task, tiny_tokenizer(), Reading.of(chosen))
    tokens = tokenise(tiny_tokenizer(), frame["text"].tolist(), chosen.max_length)
    inputs = LabelInputs(tokens, task.truth([[x] for x in frame["label"]]))
    return folder, chosen, output, inputs


def native(folder: Path, labels: int):
    torch.manual_seed(3)
    return AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=labels, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )


def losses_of_the_loop(folder, chosen, output, rows, tmp_path) -> list[float]:
    loop = Loop(
        NativeModel(native(folder, 3)),
        output,
        chosen,
        rows,
        rows,
        Accelerator(cpu=True),
        Losses(),
        Checkpoints(tmp_path / "checkpoints"),
    )
    return [loop._step() for _ in range(loop.steps)]


def losses_of_the_trainer(folder, chosen, output, rows, tmp_path) -> list[float]:
    def batches():
        for epoch in range(EPOCHS):
            for part in epoch_batches(rows.lengths, chosen.batch_size, chosen.seed, epoch):
                labels = torch.from_numpy(rows.truth[part].argmax(1))
                yield rows.batch(part, 0).inputs | {"labels": labels}

    class Plain(Trainer):
        def get_train_dataloader(self):
            return list(batches())

    arguments = TrainingArguments(
        output_dir=str(tmp_path / "plain"),
        learning_rate=chosen.learning_rate,
        max_steps=len(list(batches())),
        weight_decay=chosen.weight_decay,
        logging_steps=1,
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
        lr_scheduler_type="linear",
        max_grad_norm=1.0,
    )
    trainer = Plain(model=native(folder, 3), args=arguments, train_dataset=[0] * len(rows.truth))
    trainer.train()
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def test_the_loss_curve_is_that_of_a_plain_trainer(parts, tmp_path):
    ours = losses_of_the_loop(*parts, tmp_path)
    plain = losses_of_the_trainer(*parts, tmp_path)
    assert len(ours) == len(plain) > 30
    np.testing.assert_allclose(ours, plain, rtol=2e-4, atol=2e-5)
    assert np.mean(ours[-5:]) < 0.9 * np.mean(ours[:5])
