"""An ONNX file becomes samples."""
