"""One rival of the network on a GPU, for bench_gpu.py: a report of eight, and a batch of reports.

Writes milliseconds of a report as a line of JSON, and then one with those of each report in a batch too, copies to
and from the card included.
"""

import argparse
import contextlib
import json
import sys
import time

import torch

LENGTHS = (8, 10, 12, 14, 16, 18, 20, 24)


def main():
    options = arguments()
    sys.path.insert(0, options.peers)
    import medgrounder_torch as peer

    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    isResearch = options.rival.startswith("research")
    work = Research(peer, options) if isResearch else Shared(peer, options)
    figures = {"torch": torch.__version__}
    isCast = options.rival.endswith("autocast")
    context = torch.autocast(options.device.split(":")[0], dtype=torch.bfloat16) if isCast else (
        contextlib.nullcontext())
    with torch.no_grad(), context:
        if isResearch:
            # A batch is the same work again for every report.
            figures["report"] = median(work.report, min(5, options.repetitions), warm_up=1)
            figures["each"] = figures["report"]
        else:
            figures["report"] = median(work.report, options.repetitions)
            print(json.dumps(figures), flush=True)
            figures["each"] = median(work.batch, options.repetitions) / options.reports
    print(json.dumps(figures), flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rival", help="research, eager or compile, with the kind of factors")
    parser.add_argument("--peers", required=True, help="folder of medgrounder_torch.py")
    parser.add_argument("--device", default="cuda:0")
    for name, least in (("reports", 32), ("batch", 8), ("repetitions", 15)):
        parser.add_argument("--" + name, type=int, default=least)
    parser.add_argument("--tiny", action="store_true")
    return parser.parse_args()


class Research:
    """Every pair from scratch, each sentence in its own length, images as floats."""

    def __init__(self, peer, options):
        peer.Attention.research = True
        sizes = peer.Config.tiny() if options.tiny else peer.Config()
        self.device = options.device
        self.network = peer.build(sizes).to(options.device)
        self.network.backbone = self.network.backbone.to(memory_format=torch.channels_last)
        self.pixels = peer.smooth_image(sizes)
        self.ids, self.mask = peer.tokens(sizes, LENGTHS)

    def report(self):
        answers = []
        for pair, count in enumerate(LENGTHS):
            pixels, ids, mask = (part.to(self.device) for part in (
                self.pixels, self.ids[pair:pair + 1, :count], self.mask[pair:pair + 1, :count]))
            answers.append([part.float().cpu() for part in self.network(pixels, ids, mask)])
        return answers


class Shared:
    """The image once for all sentences, batch norms folded, images as samples of 8 bits like ours."""

    def __init__(self, peer, options):
        kind = {"bf16": torch.bfloat16, "f16": torch.float16}.get(
            options.rival.split("_")[-1], torch.float32)
        sizes = peer.Config.tiny() if options.tiny else peer.Config()
        network = peer.fold_bn(peer.build(sizes)).to(options.device, kind)
        network.backbone = network.backbone.to(memory_format=torch.channels_last)
        self.options = options
        there = torch.device(options.device)
        mean = torch.tensor([0.485, 0.456, 0.406], device=there).view(1, 3, 1, 1)
        deviation = torch.tensor([0.229, 0.224, 0.225], device=there).view(1, 3, 1, 1)

        def image(samples):
            pixels = ((samples.float() / 255 - mean) / deviation).to(kind)
            return network.encode_image(pixels.contiguous(memory_format=torch.channels_last))

        def ground(tokens, places, keep, ids, mask):
            return network.ground((tokens, places, keep), ids, mask)

        if options.rival.startswith("compile"):
            image = torch.compile(image, mode="max-autotune", dynamic=False)
            ground = torch.compile(ground, mode="max-autotune", dynamic=False)
        self.image, self.ground = image, ground

        def ready(values):
            return values if options.device == "cpu" else values.pin_memory()

        side = sizes.image
        generator = torch.Generator().manual_seed(7)
        self.samples = ready(torch.randint(
            256, (options.reports, 1, side, side), dtype=torch.uint8, generator=generator))
        self.ids, self.mask = (ready(part) for part in peer.tokens(sizes, LENGTHS))

    def there(self, values):
        return values.to(self.options.device, non_blocking=True)

    def cells(self, samples):
        # The next run of a compiled part overwrites what the last one gave.
        return [part.clone() for part in self.image(self.there(samples))]

    def report(self):
        cells = self.cells(self.samples[:1])
        return [part.float().cpu() for part in self.ground(
            *cells, self.there(self.ids), self.there(self.mask))]

    def batch(self):
        answers = []
        ids, mask = self.there(self.ids), self.there(self.mask)
        for samples in self.samples.split(self.options.batch):
            spread = [part.repeat_interleave(len(LENGTHS), 0) for part in self.cells(samples)]
            answers += [part.float().clone() for part in self.ground(
                *spread, ids.repeat(len(samples), 1), mask.repeat(len(samples), 1))]
        return [answer.cpu() for answer in answers]


def median(work, repetitions, warm_up=3):
    for _ in range(warm_up):
        work()
    times = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1e3)
    return sorted(times)[len(times) // 2]


if __name__ == "__main__":
    main()
