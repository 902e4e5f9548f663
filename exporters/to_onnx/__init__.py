"""From Keras to ONNX: conversion, cards, parity, integers."""
