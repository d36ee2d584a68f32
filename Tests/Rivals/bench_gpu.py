"""The network on a GPU beside PyTorch on the same card, in turn: a report of eight, and a batch of reports.

PyTorch runs as research code does (every pair from scratch, f32 and autocast), with the image encoded once (f32,
bf16, f16), and compiled with CUDA graphs (max-autotune). Needs a Python with PyTorch for CUDA: that of --python, or
an environment that is made in --folder (some 5 GB). Prints a table of medians, and how many times faster ours is.
"""

import argparse
import json
import os
import subprocess
import sys
import time

LENGTHS = (8, 10, 12, 14, 16, 18, 20, 24)
# Name, factors of ours beside it, and how it runs.
RIVALS = [
    ("PyTorch, every pair from scratch", "f32", "research"),
    ("PyTorch, every pair from scratch, autocast", "bf16", "research_autocast"),
    ("PyTorch eager", "f32", "eager_f32"),
    ("PyTorch eager", "bf16", "eager_bf16"),
    ("PyTorch eager", "f16", "eager_f16"),
    ("torch.compile, max-autotune", "bf16", "compile_bf16"),
    ("torch.compile, max-autotune", "f16", "compile_f16"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, help="folder of medgrounder_torch.py")
    parser.add_argument("--folder", help="where a virtual environment is made")
    parser.add_argument("--python", help="a Python that has PyTorch for CUDA, and transformers")
    parser.add_argument("--program", help="the grounded to measure")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--reports", type=int, default=32, help="in the batch")
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--tiny", action="store_true", help="small sizes, to try this script")
    parser.add_argument("--rival", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rival:
        return print(json.dumps(rival(options)))
    python = options.python or environment(options.folder)
    words = [python, "-W", "ignore", os.path.abspath(__file__), "--peers", options.peers, "--device",
             options.device, "--reports", str(options.reports), "--repetitions",
             str(options.repetitions)] + (["--tiny"] if options.tiny else [])
    times = [(name, factors, run(words + ["--rival", how])) for name, factors, how in RIVALS]
    ours = {}
    if options.program:
        answer = run([options.program, "bench", "model", "--device", options.device, "--repetitions",
                      str(options.repetitions)])
        for measured in answer["measured"]:
            speed = {one["work"]: one["median_ms"] for one in measured["speed"]}
            ours[measured["factors"]] = (speed["report of 8"], speed["32 reports of 8"] / 32)
    print("| contender | factors | report of 8, ms | reports/s in a batch | of ours |")
    print("| --- | --- | --- | --- | --- |")
    for name, factors, medians in times:
        mine = ours.get(factors)
        each = medians["batch"] / options.reports
        ratio = f"{medians['report'] / mine[0]:.2f} ×, {each / mine[1]:.2f} ×" if mine else "–"
        print(f"| {name} | {factors} | {medians['report']:.2f} | {1e3 / each:.0f} | {ratio} |")
    for factors, (report, each) in ours.items():
        print(f"| grounded | {factors} | {report:.2f} | {1e3 / each:.0f} | |")


def environment(folder):
    python = os.path.join(folder, "gpu-venv", "bin", "python")
    if not os.path.exists(python):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "venv", os.path.dirname(os.path.dirname(python))], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "torch", "transformers", "numpy"], check=True)
    return python


def run(words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"bench_gpu: {' '.join(words[:4])} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def rival(options):
    """Medians in milliseconds of a report and of a batch of reports, copies to and from the card included."""
    import contextlib

    import torch

    sys.path.insert(0, options.peers)
    import medgrounder_torch as peer

    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    how = options.rival
    sizes = peer.Config.tiny() if options.tiny else peer.Config()
    network = peer.build(sizes)
    isResearch = how.startswith("research")
    if isResearch:
        peer.Attention.research = True
    else:
        network = peer.fold_bn(network)
    kind = {"bf16": torch.bfloat16, "f16": torch.float16}.get(how.split("_")[-1], torch.float32)
    network = network.to(options.device, kind)
    network.backbone = network.backbone.to(memory_format=torch.channels_last)
    pixels = peer.smooth_image(sizes)
    if options.device != "cpu":
        pixels = pixels.pin_memory()
    ids, mask = peer.tokens(sizes, LENGTHS)

    def image(pixels):
        return network.encode_image(pixels)

    def ground(tokens, places, keep, ids, mask):
        return network.ground((tokens, places, keep), ids, mask)

    if how.startswith("compile"):
        image = torch.compile(image, mode="max-autotune", dynamic=False)
        ground = torch.compile(ground, mode="max-autotune", dynamic=False)

    def there(values):
        return values.to(options.device, non_blocking=True)

    def cells(pixels):
        pixels = there(pixels).to(kind).contiguous(memory_format=torch.channels_last)
        return [part.clone() for part in image(pixels)]

    def report():
        if isResearch:
            pairs = [ground(*cells(pixels), there(ids[row:row + 1, :count]),
                            there(mask[row:row + 1, :count])) for row, count in enumerate(LENGTHS)]
            return [tuple(part.float().cpu() for part in pair) for pair in pairs]
        return [part.float().cpu() for part in ground(*cells(pixels), there(ids), there(mask))]

    def batch():
        if isResearch:
            return [report() for _ in range(options.reports)]
        answers = []
        for start in range(0, options.reports, 8):
            count = min(8, options.reports - start)
            parts = cells(pixels.expand(count, -1, -1, -1))
            spread = [part.repeat_interleave(len(LENGTHS), 0) for part in parts]
            answers += [part.float() for part in ground(
                *spread, there(ids).repeat(count, 1), there(mask).repeat(count, 1))]
        return [answer.cpu() for answer in answers]

    isCast = how.endswith("autocast")
    context = torch.autocast(options.device.split(":")[0], dtype=torch.bfloat16) if isCast else (
        contextlib.nullcontext())
    with torch.no_grad(), context:
        return {"report": median(report, options.repetitions),
                "batch": median(batch, 1 if isResearch else options.repetitions)}


def median(work, repetitions):
    for _ in range(3):
        work()
    times = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1e3)
    return sorted(times)[len(times) // 2]


main()
