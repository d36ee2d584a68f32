"""Reports a second of ONNX Runtime or OpenVINO on the stream that `grounded bench stream --write-work` wrote.

The image is encoded once a report, and its sentences go through the rest together, padded to the longest, as
the peers' own programs do; images are distinct. Runs in the folder of the peers' exports (`make bench-peers`).
"""
import argparse
import json
import time

import numpy as np


def onnx_runtime(threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1

    def load(name):
        session = onnxruntime.InferenceSession(
            f"onnx/{name}.onnx", options, providers=["CPUExecutionProvider"])
        names = [one.name for one in session.get_inputs()]
        return lambda *values: session.run(None, dict(zip(names, values)))

    return load


def openvino(threads):
    import openvino

    core = openvino.Core()
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False,
    }

    def load(name):
        request = core.compile_model(
            core.read_model(f"onnx/{name}.onnx"), "CPU", settings).create_infer_request()

        def run(*values):
            request.infer(list(values), share_inputs=True, share_outputs=True)
            return [request.get_output_tensor(0).data]

        return run

    return load


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=["onnxruntime", "openvino"])
    parser.add_argument("work", help="what grounded wrote")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warm-up", type=int, default=5, help="reports that are not counted")
    options = parser.parse_args()
    with open(options.work) as file:
        reports = json.load(file)["reports"]
    load = {"onnxruntime": onnx_runtime, "openvino": openvino}[options.peer](options.threads)
    backbone, ground = load("backbone"), load("ground")
    given = np.load("bench_in.npz")
    pixels, positions, keep = given["px"], given["pos"], given["keep"]

    def answer(number, sentences):
        image = np.roll(pixels.ravel(), number * 7919).reshape(pixels.shape)
        length = max(len(sentence) for sentence in sentences)
        ids = np.zeros((len(sentences), length), dtype=given["ids8"].dtype)
        mask = np.zeros((len(sentences), length), dtype=given["mask8"].dtype)
        for row, sentence in enumerate(sentences):
            ids[row, : len(sentence)] = sentence
            mask[row, : len(sentence)] = 1
        ground(backbone(image)[0], positions, keep, ids, mask)

    for number in range(options.warm_up):
        answer(number, reports[number % len(reports)])
    begin = time.perf_counter()
    for number, sentences in enumerate(reports):
        answer(number, sentences)
    rate = len(reports) / (time.perf_counter() - begin)
    print(json.dumps({"peer": options.peer, "reports": len(reports), "reports_per_second": rate}))


if __name__ == "__main__":
    main()
