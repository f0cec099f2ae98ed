"""A trained model becomes ONNX files with a certificate of parity."""
