"""The configuration of networks that read relu4_1 and relu5_1 and add what they make of both."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig
from intaglio.vocabulary.spec import Spec

# Convolutions up to relu4_1.
_DECODED = 9


class TwoScaleConfig(Spec):
    """An encoder to relu5_1; the decoder mirrors it from relu4_1 on."""

    encoder: CodecConfig = CodecConfig(cut="relu5_1", widths=VGG19_WIDTHS[:13], pooling="ceil", decoder_relu=False)
    """The default is the paper's, on the normalized VGG-19."""
    merged: int | None = Field(default=None, ge=1)
    """Output channels of the convolution that merges; as many as those of relu4_1 if None, as in the papers."""
    decoder_widths: tuple[int, ...] | None = None
    """Output channels of the decoder's convolutions but the last, in the order in which they run: 8 numbers; those of the
    encoder, mirrored, if None."""

    @property
    def codec(self) -> CodecConfig:
        """The encoder to relu4_1, and its decoder."""
        encoder = self.encoder
        return CodecConfig(
            cut="relu4_1",
            widths=encoder.widths[:_DECODED],
            pooling=encoder.pooling,
            decoder_relu=encoder.decoder_relu,
            decoder_widths=self.decoder_widths,
        )

    def narrowed(self, outputs: Mapping[str, int]) -> Self:
        """The configuration of a network whose layers have so many outputs, by their names; of what both networks share."""
        codec = self.codec.narrowed(outputs)
        update = {
            "encoder": self.encoder.narrowed(outputs, decoder=None),
            "merged": None if outputs["merge"] == codec.channels else outputs["merge"],
            "decoder_widths": codec.decoder_widths,
        }
        return self.model_copy(update=update)

    @model_validator(mode="after")
    def _scales_fit(self) -> Self:
        if self.encoder.cut != "relu5_1":
            raise ValueError(f"the encoder must reach relu5_1, not {self.encoder.cut}")
        if self.encoder.width_of("relu4_1") != self.encoder.channels:
            widths = self.encoder.width_of("relu4_1"), self.encoder.channels
            raise ValueError(f"relu4_1 and relu5_1 are added and need as many channels, not {widths[0]} and {widths[1]}")
        if self.encoder.decoder_widths is not None:
            raise ValueError("the decoder begins at relu4_1; give its widths beside the encoder, as decoder_widths")
        # Its own rules.
        _ = self.codec
        return self
