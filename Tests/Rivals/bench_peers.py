"""The network's speed beside its peers': PyTorch, torch.compile, ONNX Runtime, OpenVINO, and ours.

Makes a virtual environment, the seeded full-size network and its exports in a folder of their own, once;
then runs every contender in turn, several rounds, so that whatever else the machine does meets all of them.
Prints a table: the best and all medians of one report (an image and eight sentences) and of one pair.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

PACKAGES = [
    "torch==2.13.0+cpu", "transformers", "safetensors", "numpy", "onnx", "onnxscript", "onnxruntime",
    "openvino",
]

# Name, precision, script, its words. A report of research code is eight pairs.
PEERS = [
    ("PyTorch, every pair from scratch", "f32", "bench_torch.py", ["research"]),
    ("PyTorch eager", "f32", "bench_torch.py", ["eager_f32"]),
    ("torch.compile", "f32", "bench_torch.py", ["compile_f32"]),
    ("ONNX Runtime", "f32", "bench_onnx.py", ["ort", "f32"]),
    ("OpenVINO", "f32", "bench_onnx.py", ["ov", "f32"]),
    ("OpenVINO, static shapes", "f32", "bench_onnx.py", ["ov", "f32static"]),
    ("PyTorch autocast", "bf16", "bench_torch.py", ["autocast_bf16"]),
    ("torch.compile", "bf16", "bench_torch.py", ["compile_bf16"]),
    ("OpenVINO", "bf16", "bench_onnx.py", ["ov", "bf16static"]),
    ("ONNX Runtime", "int8", "bench_onnx.py", ["ort", "int8"]),
    ("OpenVINO", "int8", "bench_onnx.py", ["ov", "int8bb_bf16static"]),
]


class Workplace:
    """A folder with the environment, the network and its exports."""

    def __init__(self, folder, peers):
        self.folder = os.path.abspath(folder)
        self.scripts = os.path.join(self.folder, "peers")
        self.python = os.path.join(self.folder, "venv", "bin", "python")
        self.weights = os.path.join(self.scripts, "medgrounder_random.safetensors")
        self.peers = peers

    def prepare(self):
        os.makedirs(self.folder, exist_ok=True)
        if not self.done("packages"):
            say("installing " + ", ".join(PACKAGES))
            run([sys.executable, "-m", "venv", os.path.join(self.folder, "venv")])
            run([self.python, "-m", "pip", "install", "--quiet"] + PACKAGES)
            self.note("packages")
        if not self.done("network"):
            say("making and exporting the seeded network (some minutes)")
            shutil.rmtree(self.scripts, ignore_errors=True)
            shutil.copytree(self.peers, self.scripts)
            run(["chmod", "-R", "u+w", self.scripts])
            os.makedirs(os.path.join(self.scripts, "onnx"))
            for script in ["make_golden", "mk_in", "export_onnx", "export_dec", "quant"]:
                say(script)
                run([self.python, "-W", "ignore", script + ".py"], cwd=self.scripts, quiet=True)
            self.note("network")

    def done(self, step):
        return os.path.exists(os.path.join(self.folder, step + ".done"))

    def note(self, step):
        open(os.path.join(self.folder, step + ".done"), "w").close()

    def peer(self, script, words, threads):
        """Medians in milliseconds of a report and a pair."""
        results = os.path.join(self.scripts, "results.jsonl")
        if os.path.exists(results):
            os.remove(results)
        environment = dict(os.environ, QUICK="1")
        run([self.python, "-W", "ignore", script] + words + [str(threads)], cwd=self.scripts,
            quiet=True, environment=environment)
        out = json.loads(open(results).read().strip().splitlines()[-1])["out"]
        pair = out["pair"]["med"]
        return (8 * pair if words == ["research"] else out["report"]["med"]), pair


def ours(program, weights, precision, threads):
    """The same of `grounded bench model`."""
    answer = run(
        [program, "bench", "model", "--json", "--weights", weights, "--precision", precision,
         "--threads", str(threads)], quiet=True)
    parts = {part["name"]: part["median_ms"] for part in json.loads(answer)["parts"]}
    return parts["report"], parts["pair"]


def run(words, cwd=None, quiet=False, environment=None):
    done = subprocess.run(
        words, cwd=cwd, env=environment, stdout=subprocess.PIPE if quiet else sys.stderr,
        stderr=subprocess.PIPE if quiet else None, text=True)
    if done.returncode != 0:
        sys.exit(f"bench_peers: {' '.join(words[:4])} ended with {done.returncode}:\n"
                 + (done.stderr or "")[-2000:])
    return done.stdout


def say(line):
    print(line, file=sys.stderr, flush=True)


def table(times, rounds):
    lines = [
        f"| contender | precision | report, ms: best (each round) | pair, ms: best | of ours |",
        "| --- | --- | --- | --- | --- |",
    ]
    best = {key: (min(t[0] for t in all), min(t[1] for t in all)) for key, all in times.items()}
    for (name, precision), all in sorted(times.items(), key=lambda item: -best[item[0]][0]):
        report, pair = best[(name, precision)]
        mine = best.get(("grounded", precision))
        ratio = f"{report / mine[0]:.2f} ×, {pair / mine[1]:.2f} ×" if mine else "–"
        medians = ", ".join(f"{t[0]:.0f}" for t in all)
        lines.append(
            f"| {name} | {precision} | {report:.0f} ({medians}) | {pair:.0f} | {ratio} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, help="the folder with the peers' programs")
    parser.add_argument("--folder", required=True, help="where environment and exports are kept")
    parser.add_argument("--program", required=True, help="our executable")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", action="append", help="only these (default: all)")
    options = parser.parse_args()
    if not os.path.exists(os.path.join(options.peers, "medgrounder_torch.py")):
        sys.exit(f"bench_peers: {options.peers} has no medgrounder_torch.py; name the folder of the peers.")
    place = Workplace(options.folder, options.peers)
    place.prepare()
    program = os.path.abspath(options.program)
    wanted = options.precision or ["f32", "bf16", "int8"]
    contenders = [
        (name, precision, lambda s=script, w=words: place.peer(s, w, options.threads))
        for name, precision, script, words in PEERS if precision in wanted
    ]
    for precision in ["f32", "bf16", "int8"]:
        if precision in wanted:
            contenders.append((
                "grounded", precision,
                lambda p=precision: ours(program, place.weights, p, options.threads)))
    # Ours right behind the peers of its precision: the machine's speed drifts by a tenth.
    contenders.sort(key=lambda contender: wanted.index(contender[1]))
    times = {}
    begin = time.time()
    for number in range(options.rounds):
        for name, precision, measure in contenders:
            report, pair = measure()
            times.setdefault((name, precision), []).append((report, pair))
            say(f"round {number + 1}: {name} {precision}: report {report:.0f} ms, pair {pair:.0f} ms")
    say(f"{time.time() - begin:.0f} s")
    print(table(times, options.rounds))


main()
