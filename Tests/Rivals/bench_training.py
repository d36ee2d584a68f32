"""A step of training beside PyTorch's: the sizes of `grounded bench train`, the same losses, in turn.

PyTorch runs eagerly, in its default order of channels and in channels-last, with large blocks kept in the heap
(what a good allocator does; it is faster with it). Prints the medians of all rounds.
"""

import argparse
import json
import os
import subprocess
import sys

PACKAGES = ["torch==2.13.0+cpu", "transformers", "scipy", "numpy"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", required=True, help="folder of medgrounder_torch.py")
    parser.add_argument("--folder", required=True, help="where the virtual environment is made")
    parser.add_argument("--program", required=True, help="the grounded to measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    python = os.path.join(arguments.folder, "training-venv", "bin", "python")
    if not os.path.exists(python):
        os.makedirs(arguments.folder, exist_ok=True)
        run([sys.executable, "-m", "venv", os.path.dirname(os.path.dirname(python))])
        run([python, "-m", "pip", "install", "--quiet"] + PACKAGES)
    rival = [python, "-W", "ignore", os.path.join(os.path.dirname(__file__), "train_step.py"),
             "--peers", arguments.peers, "--malloc"]
    common = ["--threads", str(arguments.threads), "--steps", str(arguments.steps)]
    contenders = [
        ("PyTorch", rival + common),
        ("PyTorch, channels last", rival + ["--channels-last"] + common),
        ("grounded", [arguments.program, "bench", "train", "--json"] + common),
    ]
    medians = {name: [] for name, _ in contenders}
    for _ in range(arguments.rounds):
        for name, command in contenders:
            medians[name].append(json.loads(run(command).strip().splitlines()[-1])["median_ms"])
    best = min(min(times) for name, times in medians.items() if name != "grounded")
    for name, times in medians.items():
        print(f"{name}: " + ", ".join(f"{time:.0f}" for time in times) + " ms a step")
    print(f"the fastest PyTorch to the fastest of ours: {best / min(medians['grounded']):.2f}")


def run(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
