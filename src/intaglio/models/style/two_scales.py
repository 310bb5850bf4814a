"""The configuration of networks that read relu4_1 and relu5_1 and add what they make of both."""

from typing import Self

from pydantic import model_validator

from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig
from intaglio.vocabulary.spec import Spec


class TwoScaleConfig(Spec):
    """An encoder to relu5_1; the decoder mirrors it from relu4_1 on."""

    encoder: CodecConfig = CodecConfig(cut="relu5_1", widths=VGG19_WIDTHS[:13], pooling="ceil", decoder_relu=False)
    """The default is the paper's, on the normalized VGG-19."""

    @model_validator(mode="after")
    def _scales_fit(self) -> Self:
        if self.encoder.cut != "relu5_1":
            raise ValueError(f"the encoder must reach relu5_1, not {self.encoder.cut}")
        if self.encoder.width_of("relu4_1") != self.encoder.channels:
            widths = self.encoder.width_of("relu4_1"), self.encoder.channels
            raise ValueError(f"relu4_1 and relu5_1 are added and need as many channels, not {widths[0]} and {widths[1]}")
        return self
