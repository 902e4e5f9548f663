"""The offline side: everything that makes an ONNX file out of labelled faces.

    data -> augment -> evaluation -> training -> to_onnx -> detector

Each room imports only from those before it. TensorFlow is imported here and nowhere else, and only
by what trains or converts: reading data sets and evaluating a finished ONNX file work without it.
"""
