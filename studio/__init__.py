"""Generative Studio: drop in data, train a generative model, export it to one ONNX file, sample that file."""

from studio.version import VERSION as __version__

__all__ = ["__version__"]
