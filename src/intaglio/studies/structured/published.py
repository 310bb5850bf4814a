"""What papers say that pruning costs: `Loss`; what is not known is not filled in."""

from intaglio.vocabulary.spec import Spec


class Loss(Spec):
    """A published figure."""

    method: str
    """Name in the catalog of structured pruning methods."""
    network: str
    """As the paper calls it."""
    data: str
    speedup: float | None = None
    """Of the convolutions; None where it is not known."""
    measure: str = "top-1"
    dense: float | None = None
    """Accuracy in percent."""
    lost: float | None = None
    """Points; None where it is not known."""
    where: str
    """It stands."""


_CODE = "code of IncReg"

LOSSES = (
    Loss(method="spp", network="AlexNet", data="ImageNet", speedup=4, measure="top-5", lost=0.3, where="SPP, abstract"),
    Loss(method="spp", network="VGG-16", data="ImageNet", speedup=4, measure="top-5", lost=0.8, where="SPP, abstract"),
    Loss(method="spp", network="ResNet-50", data="ImageNet", speedup=2, measure="top-5", lost=0.8, where="SPP, abstract"),
    Loss(method="spp", network="ConvNet", data="CIFAR-10", where="SPP, a table that was not at hand"),
    Loss(method="increg", network="VGG-16", data="ImageNet", speedup=5, dense=70.62, lost=3.00, where=_CODE),
    Loss(
        method="increg",
        network="VGG-16",
        data="ImageNet",
        speedup=5,
        measure="top-5",
        dense=89.56,
        lost=1.52,
        where=_CODE,
    ),
    Loss(method="increg", network="ResNet-50", data="ImageNet", speedup=2, dense=72.92, lost=0.45, where=_CODE),
    Loss(
        method="increg",
        network="ResNet-50",
        data="ImageNet",
        speedup=2,
        measure="top-5",
        dense=91.18,
        lost=0.13,
        where=_CODE,
    ),
    Loss(method="increg", network="ConvNet", data="CIFAR-10", where="IncReg, a table that was not at hand"),
    Loss(method="greg-1", network="ResNet-56", data="CIFAR-10", speedup=1.99, dense=93.36, lost=0.30, where="GReg, filters"),
    Loss(method="greg-1", network="ResNet-56", data="CIFAR-10", speedup=3.59, dense=93.36, lost=1.13, where="GReg, filters"),
    Loss(method="l1", network="ResNet-56", data="CIFAR-10", speedup=1.99, dense=93.36, lost=0.39, where="GReg, filters"),
    Loss(method="l1", network="ResNet-56", data="CIFAR-10", speedup=3.59, dense=93.36, lost=1.48, where="GReg, filters"),
)
"""Of SPP (Wang et al. 2018), of IncReg (Wang et al. 2019) as the authors' code says it, and of GReg (Wang et al. 2021)."""

TRANSFERRED = (Loss(method="spp", network="AlexNet", data="Flowers-102", where="SPP, a figure that was not at hand"),)
"""Of pruning a network that learns other pictures than before."""
