"""Makes the golden PyTorch files with torch 2.13.0: small, one for each thing a reader must know.

Usage: python torch_make.py FOLDER
"""
import argparse
import collections
import pathlib
import sys

import torch

folder = pathlib.Path(sys.argv[1])
torch.manual_seed(7)
ramp = torch.arange(24, dtype=torch.float32)

plain = collections.OrderedDict(
    weight=ramp[:12].reshape(3, 4),
    transposed=ramp[:6].reshape(2, 3).t(),
    slice=ramp.reshape(4, 6)[1:3, ::2],
    half=torch.tensor([0.5, -2.0, 65504.0, 6e-8], dtype=torch.float16),
    brain=torch.tensor([1.0, -3.140625, 1e30], dtype=torch.bfloat16),
    double=torch.tensor([0.1, 1e300], dtype=torch.float64),
    count=torch.tensor(41, dtype=torch.int64),
    ids=torch.tensor([[1, -2], [3, 2**40]], dtype=torch.int64),
    flags=torch.tensor([True, False]),
    empty=torch.zeros(0, 5),
)
torch.save(plain, folder / "torch_plain.pt")

layer = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
optimizer = torch.optim.Adam(layer.parameters())
layer(torch.ones(4, 2)).sum().backward()
optimizer.step()
arguments = argparse.Namespace(lr=1e-4, output_dir=pathlib.PosixPath("out"), names=["a", None])
torch.save(
    {
        "model": layer.state_dict(),
        "model_ema": None,
        "optimizer": optimizer.state_dict(),
        "epoch": 3,
        "args": arguments,
    },
    folder / "torch_training.pt",
)
ema = {name: value * 0 + 1 for name, value in layer.state_dict().items()}
torch.save({"model": layer.state_dict(), "model_ema": ema, "epoch": 3}, folder / "torch_ema.pt")
torch.save({"shift": torch.nn.Parameter(torch.tensor([1.5, 2.5]))}, folder / "torch_parameter.pt")
torch.save(
    {"weight": torch.ones(2)}, folder / "torch_legacy.pt", _use_new_zipfile_serialization=False
)
torch.save({"expanded": torch.ones(1).expand(1000, 1000)}, folder / "torch_expanded.pt")
torch.save({"when": complex(1, 2), "weight": torch.ones(2)}, folder / "torch_foreign.pt")
torch.save({"epoch": 3}, folder / "torch_none.pt")
torch.jit.save(torch.jit.script(layer.eval()), folder / "torch_script.pt")
