"""A view of pictures as signed averages and details, and a transform that turns light into dark."""

from studio.api import ItemCodec, ItemTransform, hookimpl


def build(spec, view):
    """Torch is imported when a run asks for the codec."""
    from haar_view.codec import HaarCodec

    return HaarCodec(spec.shape, view)


def invert(items, labels, generator):
    """Light is dark and dark is light, uint8 (B, H, W, C)."""
    return 255 - items


class HaarPlugin:
    """The hooks of the codec and the transform."""

    @hookimpl
    def studio_codecs(self):
        return [ItemCodec("haar", "Averages and details (Haar)", "image", view="grid", build=build)]

    @hookimpl
    def studio_transforms(self):
        return [ItemTransform("invert", "Light and dark exchanged", "image", apply=invert)]


plugin = HaarPlugin()
