"""What `grounded bench images` does, by Pillow and NumPy: decode a PNG; window to 8 bits, resize, normalise."""

import statistics
import sys
import time

import numpy
from PIL import Image

SIDE = 640
MEANS = numpy.array([0.485, 0.456, 0.406], numpy.float32).reshape(3, 1, 1)
DEVIATIONS = numpy.array([0.229, 0.224, 0.225], numpy.float32).reshape(3, 1, 1)


def decode(path):
    image = Image.open(path)
    image.load()
    return image


def prepare(image):
    values = numpy.asarray(image)
    if values.dtype != numpy.uint8:
        low, high = int(values.min()), int(values.max())
        values = ((values.astype(numpy.int64) - low) * 255 // max(1, high - low)).astype(numpy.uint8)
    scale = SIDE / max(image.size)
    size = [max(1, round(edge * scale)) for edge in image.size]
    small = numpy.asarray(Image.fromarray(values).convert("RGB").resize(size, Image.Resampling.BILINEAR))
    square = numpy.zeros((SIDE, SIDE, 3), numpy.uint8)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    square[top:top + size[1], left:left + size[0]] = small
    return (square.transpose(2, 0, 1).astype(numpy.float32) / 255 - MEANS) / DEVIATIONS


for path in sys.argv[1:]:
    decoding, preparing = [], []
    for _ in range(5):
        begin = time.perf_counter()
        image = decode(path)
        middle = time.perf_counter()
        prepare(image)
        preparing.append((time.perf_counter() - middle) * 1000)
        decoding.append((middle - begin) * 1000)
    print(f"{path}: {image.size[0]}×{image.size[1]}, {image.mode}: "
          f"decode {statistics.median(decoding):.0f} ms, prepare {statistics.median(preparing):.0f} ms")
