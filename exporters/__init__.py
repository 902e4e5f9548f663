"""The offline side: everything that makes an ONNX file out of labelled faces.

    layouts -> datasets -> preparation (alignment) -> batches (augmentation, degradation)
    -> training (architectures, recipes, checkpoint) -> to_onnx (parity, cards)
    -> evaluation (recognition)

TensorFlow is imported here and nowhere else, and only by what trains or converts: reading data sets
and evaluating a finished ONNX file work without it.
"""
