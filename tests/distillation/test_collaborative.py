from collections.abc import Callable, Mapping

import pytest
import torch
from torch import Tensor

from intaglio.distillation.collaborative import CollaborativeDistillation
from intaglio.distillation.embedding import embedding_loss
from intaglio.distillation.student import start_from_largest_, student_config
from intaglio.models.style.vgg_codec import Encoder
from loss_networks import narrow_config, narrow_encoder

LAYERS = ("relu1_1", "relu2_1")
TEACHER = narrow_config("relu2_1", heads=False)


def picture(seed: int = 0) -> Tensor:
    return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(seed))


def student(widths: tuple[int, ...] = (2, 2, 3)) -> Encoder:
    made = Encoder(student_config(TEACHER, widths))
    start_from_largest_(made, narrow_encoder(TEACHER))
    return made


def spread(batch: Mapping[str, Tensor], encode: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
    """A collaboration: how far the features are from one."""
    return {"collaboration": (encode(batch["picture"]) - 1).square().mean()}


def test_the_terms_are_equation_6() -> None:
    teacher = narrow_encoder(TEACHER)
    objective = CollaborativeDistillation(student(), teacher, spread, LAYERS, embedding=10)
    terms = objective({"picture": picture()})
    ours, theirs = objective.student.taps(picture(), LAYERS), teacher.taps(picture(), LAYERS)
    for layer in LAYERS:
        assert torch.allclose(
            terms[f"embedding.{layer}"], embedding_loss(objective.embeddings[layer](ours[layer]), theirs[layer])
        )
        assert objective.weights[f"embedding.{layer}"] == 10
    lifted = objective.embeddings["relu2_1"](ours["relu2_1"])
    assert lifted.shape[1] == TEACHER.channels
    assert torch.allclose(terms["collaboration"], (lifted - 1).square().mean())


def test_a_student_that_is_the_teacher_has_no_embedding_loss() -> None:
    objective = CollaborativeDistillation(student(TEACHER.widths), narrow_encoder(TEACHER), None, LAYERS)
    terms = objective({"picture": picture()})
    assert list(terms) == ["embedding.relu1_1", "embedding.relu2_1"]
    assert all(float(term.detach()) < 1e-10 for term in terms.values())


def test_without_the_embedding_loss_the_maps_learn_from_the_collaboration() -> None:
    objective = CollaborativeDistillation(student(), narrow_encoder(TEACHER), spread, LAYERS, embedding=0)
    terms = objective({"picture": picture()})
    assert list(terms) == ["collaboration"]
    terms["collaboration"].backward()
    assert objective.embeddings["relu2_1"].weight.grad is not None
    assert objective.embeddings["relu1_1"].weight.grad is None


def test_the_teacher_and_the_color_convolution_do_not_learn() -> None:
    objective = CollaborativeDistillation(student(), narrow_encoder(TEACHER), spread, LAYERS)
    sum(objective({"picture": picture()}).values()).backward()
    assert all(parameter.grad is None for parameter in objective.teacher.parameters())
    assert objective.student.layers.get_submodule("conv0").weight.grad is None
    assert objective.student.layers.get_submodule("conv1_1").weight.grad is not None
    assert not any("teacher" in name for name in objective.trained.state_dict())


def test_another_picture_is_encoded_for_the_collaboration() -> None:
    def compare(batch: Mapping[str, Tensor], encode: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
        return {"distance": (encode(batch["picture"]) - encode(batch["style"])).square().mean()}

    objective = CollaborativeDistillation(student(), narrow_encoder(TEACHER), compare, LAYERS)
    same = objective({"picture": picture(1), "style": picture(1).clone()})["distance"].detach()
    other = objective({"picture": picture(1), "style": picture(2)})["distance"].detach()
    assert float(same) == pytest.approx(0, abs=1e-12)
    assert float(other) > 1e-4
