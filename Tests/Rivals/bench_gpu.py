"""The network on a GPU beside PyTorch on the same card, in turn: a report of eight, and a batch of reports.

PyTorch runs as research code does (every pair from scratch, f32 and autocast), with the image encoded once (f32,
bf16, f16), and compiled with CUDA graphs (max-autotune). Needs a Python with PyTorch for CUDA: that of --python, or
an environment that is made in --folder (some 5 GB). Prints a table of medians, and how many times faster ours is.
A contender that fails or takes too long is said to, and loses nobody else's numbers.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

# What it is called on the command line, its name, and its factors.
RIVALS = [
    ("research", "PyTorch, every pair from scratch", "f32"),
    ("research_autocast", "PyTorch, every pair from scratch, autocast", "bf16"),
    ("eager_f32", "PyTorch eager", "f32"),
    ("eager_bf16", "PyTorch eager", "bf16"),
    ("eager_f16", "PyTorch eager", "f16"),
    ("compile_bf16", "torch.compile, max-autotune", "bf16"),
    ("compile_f16", "torch.compile, max-autotune", "f16"),
]


def main():
    options = arguments()
    chosen = [one for one in RIVALS if not options.rivals or one[0] in options.rivals.split(",")]
    python = options.python or (environment(options.folder) if chosen else None)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gpu_rival.py")
    words = [python, "-W", "ignore", script, "--peers", options.peers]
    for name in ("device", "reports", "batch", "repetitions"):
        words += ["--" + name, str(getattr(options, name))]
    words += ["--tiny"] if options.tiny else []
    results = {"reports": options.reports, "ours": {}, "problem": None, "rivals": []}
    if options.program:
        measure_ours(options, results)
        save(options, results)
    for how, name, factors in chosen:
        lines, problem, seconds = run(words + [how], options.limit)
        figures = lines[-1] if lines else {}
        results["rivals"].append({"rival": how, "name": name, "factors": factors, **figures,
                                  "seconds": seconds, "problem": problem})
        save(options, results)
        say(row(results["rivals"][-1], results))
    print("\n".join(table(results)))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, help="folder of medgrounder_torch.py")
    parser.add_argument("--folder", default=".", help="where a virtual environment is made")
    parser.add_argument("--python", help="a Python that has PyTorch for CUDA, and transformers")
    parser.add_argument("--program", help="the grounded to measure")
    parser.add_argument("--cuda-folder", help="where NVIDIA's libraries are, for it")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--rivals", help="some of " + ",".join(one[0] for one in RIVALS))
    parser.add_argument("--reports", type=int, default=32, help="of rivals: in all")
    parser.add_argument("--batch", type=int, default=8, help="images that run together, ours and theirs")
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--limit", type=float, default=240, help="seconds for each contender")
    parser.add_argument("--save", help="a file for all figures as JSON, written after each contender")
    parser.add_argument("--tiny", action="store_true", help="small sizes, to try this script")
    options = parser.parse_args()
    for name in (options.rivals or "").split(","):
        if name and name not in [one[0] for one in RIVALS]:
            parser.error(f"no rival is called {name}")
    return options


def environment(folder):
    python = os.path.join(folder, "gpu-venv", "bin", "python")
    if not os.path.exists(python):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "venv", os.path.dirname(os.path.dirname(python))], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "torch", "transformers", "numpy"], check=True)
    return python


def measure_ours(options, results):
    """Milliseconds of a report, and of each report in a batch, for every kind of factors."""
    words = [options.program, "bench", "model", "--device", options.device, "--batch",
             str(options.batch), "--repetitions", str(options.repetitions)]
    words += ["--cuda-folder", options.cuda_folder] if options.cuda_folder else []
    lines, problem, results["our_seconds"] = run(words, options.limit)
    results["problem"] = problem
    results["answer"] = lines[-1] if lines else None
    for measured in lines[-1].get("measured", []) if lines else []:
        ours = {}
        for speed in measured["speed"]:
            if speed["work"] == "report of 8":
                ours["report"] = speed["median_ms"]
            elif speed["work"].endswith("reports of 8"):
                ours["each"] = speed["median_ms"] / int(speed["work"].split()[0])
        results["ours"][measured["factors"]] = ours
        say(row_of_ours(measured["factors"], results))


def run(words, limit):
    """What a contender writes as JSON, line by line; what went wrong, or None; seconds."""
    begin = time.monotonic()
    problem = None
    with tempfile.TemporaryFile("w+") as answer, tempfile.TemporaryFile("w+") as complaint, (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True)) as cache:
        try:
            # A session of its own: compilers that it starts end with it, and leave nobody half a file.
            process = subprocess.Popen(
                words, stdout=answer, stderr=complaint, stdin=subprocess.DEVNULL,
                start_new_session=True, env=os.environ | {"TORCHINDUCTOR_CACHE_DIR": cache})
        except OSError as error:
            return [], str(error), 0.0
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            problem = f"over {limit:g} s"
        except BaseException:
            end(process)
            raise
        end(process)
        for file in (answer, complaint):
            file.seek(0)
        lines = [json.loads(line) for line in answer if line.startswith("{") and line.endswith("}\n")]
        if problem is None and process.returncode != 0:
            last = complaint.read()[-3000:]
            say(last)
            said = last.strip().splitlines()
            errors = [line for line in said if "Error" in line.split(":")[0]] or said or ["?"]
            problem = f"ended with {process.returncode}: {errors[-1]}"
    return lines, problem, round(time.monotonic() - begin, 1)


def end(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def say(text):
    print(text, file=sys.stderr, flush=True)


def save(options, results):
    if options.save:
        with open(options.save, "w") as file:
            json.dump(results, file, indent=1)
            file.write("\n")


def table(results):
    kinds = list(results["ours"])
    lines = ["| contender | factors | report of 8, ms | reports/s in a batch |"
             + "".join(f" ours in {kind} is faster |" for kind in kinds),
             "| --- | --- | --- | --- |" + " --- |" * len(kinds)]
    lines += [row(one, results) for one in results["rivals"]]
    lines += [row_of_ours(kind, results) for kind in kinds]
    problems = [(one["rival"], one["problem"]) for one in results["rivals"]]
    for name, problem in [("grounded", results["problem"])] + problems:
        if problem:
            lines += ["", f"{name}: {problem}"]
    return lines


def row(one, results):
    """How much faster ours is for a report, and in a batch."""
    report, each = one.get("report"), one.get("each")
    cells = [one["name"], one["factors"], number(report, one), rate(each, one)]
    for ours in results["ours"].values():
        cells.append(", ".join(
            f"{theirs / mine:.2f} ×" if theirs and mine else "–"
            for theirs, mine in ((report, ours.get("report")), (each, ours.get("each")))))
    return "| " + " | ".join(cells) + " |"


def row_of_ours(kind, results):
    ours = results["ours"][kind]
    cells = ["grounded", kind, number(ours.get("report"), {}), rate(ours.get("each"), {})]
    return "| " + " | ".join(cells) + " |" + " |" * len(results["ours"])


def number(milliseconds, one):
    return f"{milliseconds:.2f}" if milliseconds else missing(one)


def rate(each, one):
    return f"{1e3 / each:.1f}" if each else missing(one)


def missing(one):
    problem = one.get("problem") or ""
    return problem if problem.startswith("over") else "failed" if problem else "–"


if __name__ == "__main__":
    main()
