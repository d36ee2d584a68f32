"""Golden gradients of the tiny MedGrounder -> gradients_tiny.safetensors

    python make_gradients.py SHARED [OUT]

SHARED holds peers/medgrounder_torch.py, golden/medgrounder_tiny.safetensors and spec/loss_vectors.json.

Network   Config.tiny() of medgrounder_torch.py, weights of medgrounder_tiny.safetensors
          (f32, converted to f64). Everything is computed in float64 (also the sine positions and the rotary tables) and stored
          rounded to f32. No dropout. Every image is encoded once; every sentence is run alone, unpadded, against its image, so
          padding has no influence (the script also runs the padded + masked batch and checks that loss and gradients agree).
Loss      SPEC 1.10 default reduction. For every decoder layer l (final norm + heads on each layer's output):
            cost[i,k] = 5*L1(cxcywh) - sigmoid(s_i) - 2*GIoU ; Hungarian per sentence (scipy), own matching per layer, no gradient
            conf = sum over sentences and queries of w*BCEWithLogits(s, y), w = 1 matched / 0.1 unmatched   } each divided by
            l1   = sum over matched pairs |b - t|_1         giou = sum over matched pairs (1 - GIoU)        } N = max(1, targets) = 3
            layer_loss[l] = conf + 5*l1 + 2*giou            loss = sum over layers
          GIoU = IoU - (hull - union)/hull, without any epsilon.
Variants  a: frozen batch norms (running statistics constant). Gradients of bn weight/bias are stored although (a) would not train them.
          b: BatchNorm2d in training mode with the same weight/bias/running statistics as start: batch statistics over the 2
             images (biased variance, eps 1e-5), gradient flows through the statistics.

Tensors
  in/pixels             F32 [2,3,128,128]  normalised pictures; [0] = pixels of golden_tiny.safetensors, [1] = smooth_image(seed 21)
  in/ids                I64 [3,14]         token ids, right-padded with 0; sentence 0 contains one id twice, and sentences 0 and 2 share an id
  in/lengths            I64 [3]            tokens of each sentence (9, 5, 14)
  in/image_of_sentence  I64 [3]            (0, 0, 1)
  in/targets            F32 [3,4]          all target boxes cxcywh normalised, concatenated in sentence order
  in/target_counts      I64 [3]            (2, 1, 0)
  V = a or b:
  V/loss                F32 [1]            total loss;   V/loss_f64 F64 [1] the same, unrounded
  V/layer_loss          F32 [2]            loss of each decoder layer (first, last); V/layer_conf, V/layer_l1, V/layer_giou F32 [2]
                                           unweighted components (after division by N)
  V/box, V/conf         F32 [2,3,10,4], [2,3,10]   cxcywh and confidence logits per decoder layer, sentence, query
  V/matched_query       I64 [2,3]          query matched to each target (row of in/targets), per decoder layer
  V/match_margin        F32 [2,3]          cost of the second-best assignment minus the best, per layer and sentence (-1 without targets)
  V/grad/<name>         F32                d loss / d <name>, <name> as in medgrounder_tiny.safetensors
  b/running/<bn>.running_mean|running_var  F32   statistics after this one step: 0.9*old + 0.1*batch, variance unbiased (n/(n-1))
  V/f32dev/<name>       F32 [1]            max |g32 - g64| / max |g64| of PyTorch's own float32 run: how near float32 can be expected to come
"""
import copy, itertools, json, os, sys
sys.dont_write_bytecode = True
SHARED = sys.argv[1]
sys.path.insert(0, SHARED + "/peers")
import numpy as np, torch, torch.nn.functional as F
from torch import nn
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from scipy.optimize import linear_sum_assignment
import medgrounder_torch as mg
import transformers
import transformers.models.modernbert.modeling_modernbert as mb
torch.set_num_threads(1)
G = SHARED + "/golden/"
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = sys.argv[2] if len(sys.argv) > 2 else HERE + "/gradients_tiny.safetensors"
c = mg.Config.tiny()


# ---- float64 all through: positions and rotary tables are float32 in the reference code
class Positions(mg.PositionEmbeddingSine):
    def forward(self, mask):
        ok = (~mask).double()
        y, x = ok.cumsum(1), ok.cumsum(2)
        y = y / (y[:, -1:, :] + 1e-6) * (2 * np.pi)
        x = x / (x[:, :, -1:] + 1e-6) * (2 * np.pi)
        t = torch.arange(self.feats).double()
        t = self.temperature ** (2 * torch.div(t, 2, rounding_mode="floor") / self.feats)
        f = lambda v: torch.stack(((v[..., None] / t)[..., 0::2].sin(), (v[..., None] / t)[..., 1::2].cos()), 4).flatten(3)
        return torch.cat((f(y), f(x)), 3)


class Rotary(nn.Module):
    def __init__(self, hd):
        super().__init__()
        self.hd = hd

    def forward(self, x, position_ids, layer_type=None):
        theta = {"full_attention": 160000.0, "sliding_attention": 10000.0}[layer_type]
        inv = theta ** (-torch.arange(0, self.hd, 2).double() / self.hd)
        f = position_ids[..., None].double() * inv
        e = torch.cat((f, f), -1)
        return e.cos().to(x.dtype), e.sin().to(x.dtype)


def rope(q, k, cos, sin, unsqueeze_dim=1, **_):
    cos, sin = cos.unsqueeze(unsqueeze_dim), sin.unsqueeze(unsqueeze_dim)
    r = lambda x: torch.cat((-x[..., x.shape[-1] // 2:], x[..., :x.shape[-1] // 2]), -1)
    return q * cos + r(q) * sin, k * cos + r(k) * sin


mb.apply_rotary_pos_emb = rope


def model(dtype, batchnorm):
    m = mg.MedGrounder(c).eval()
    got = m.load_state_dict(load_file(G + "medgrounder_tiny.safetensors"), strict=True)
    m = m.to(dtype)
    m.backbone[1] = Positions(c.d_model // 2)
    m.transformer.text_encoder.rotary_emb = Rotary(c.t_hidden // c.t_heads)
    if batchnorm:
        def swap(mod):
            for n, ch in mod.named_children():
                if isinstance(ch, mg.FrozenBatchNorm2d):
                    bn = nn.BatchNorm2d(ch.weight.numel(), eps=1e-5, momentum=0.1, dtype=dtype)
                    bn.load_state_dict(ch.state_dict(), strict=False)
                    setattr(mod, n, bn.train())
                else:
                    swap(ch)
        swap(m)
    m.requires_grad_(True)
    leaves = dict(m.named_parameters())
    for n, b in m.named_buffers():                       # frozen bn: weight and bias are buffers
        if n.startswith("backbone") and n.rsplit(".", 1)[1] in ("weight", "bias"):
            leaves[n] = b.requires_grad_(True)
    return m, leaves


# ---- loss
def xyxy(b):
    return torch.cat((b[..., :2] - b[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2), -1)


def giou(a, b):                                          # xyxy, broadcast
    area = lambda z: (z[..., 2] - z[..., 0]) * (z[..., 3] - z[..., 1])
    wh = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    inter = wh[..., 0] * wh[..., 1]
    union = area(a) + area(b) - inter
    hw = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])
    hull = hw[..., 0] * hw[..., 1]
    return inter / union - (hull - union) / hull


def layer_loss(box, logit, targets):
    """box: list of [Q,4]; logit: list of [Q]; targets: list of [K,4] -> conf, l1, giou, assignment, margins"""
    n = max(1, sum(len(t) for t in targets))
    conf = l1 = gi = box[0].new_zeros(())
    queries, margins = [], []
    for b, s, t in zip(box, logit, targets):
        y = torch.zeros_like(s)
        margin = float("inf")
        if len(t):
            with torch.no_grad():
                C = (5 * (b[:, None] - t[None]).abs().sum(-1) - s.sigmoid()[:, None] - 2 * giou(xyxy(b)[:, None], xyxy(t)[None])).numpy()
            i, k = linear_sum_assignment(C)
            order = i[np.argsort(k)]
            queries += order.tolist()
            if len(t) <= 2:
                costs = sorted(sum(C[q, j] for j, q in enumerate(p)) for p in itertools.permutations(range(len(b)), len(t)))
                assert abs(costs[0] - C[i, k].sum()) < 1e-5
                margin = costs[1] - costs[0]
            y[order] = 1
            mb_ = b[order]
            l1 = l1 + (mb_ - t).abs().sum()
            gi = gi + (1 - giou(xyxy(mb_), xyxy(t))).sum()
        w = torch.where(y > 0, torch.ones_like(y), torch.full_like(y, 0.1))
        conf = conf + F.binary_cross_entropy_with_logits(s, y, weight=w, reduction="sum")
        margins.append(margin)
    return conf / n, l1 / n, gi / n, queries, margins


def check_loss():
    d = json.load(open(SHARED + "/spec/loss_vectors.json"))
    worst = 0.0
    for case in d["cases"]:
        f = lambda k, s: [torch.tensor(r[k], dtype=torch.float64).reshape(s) for r in case["batch"]]
        cf, l1, gi, q, _ = layer_loss(f("boxes", (-1, 4)), f("logits", (-1,)), f("targets", (-1, 4)))
        e = case["expected"]
        for got, want in ((cf, e["conf"]), (l1, e["l1"]), (gi, e["giou"]), (cf + 5 * l1 + 2 * gi, e["total"])):
            worst = max(worst, abs(got.item() - want))
        assert q == [i for row in e["assign"] for i, _ in sorted(row, key=lambda z: z[1])], case["id"]
    print("loss vectors:", len(d["cases"]), "cases, worst difference", worst)


# ---- forward
def decode_layers(m, memory, pos, keep):
    qpos = m.query_embed.weight[None].expand(memory.shape[0], -1, -1)
    t, out = torch.zeros_like(qpos), []
    for l in m.transformer.decoder.layers:
        t = l(t, qpos, memory, pos, keep, None)
        out.append(m.heads(m.transformer.decoder.norm(t)))
    return out


def run(m, inp, padded=False):
    """-> loss, list per layer of (conf, l1, giou, queries, margins), box [L,3,Q,4], conf [L,3,Q]"""
    dt = m.query_embed.weight.dtype
    img = m.encode_image(inp["pixels"].to(dt))
    if padded:
        ids = inp["ids"]
        mask = (torch.arange(ids.shape[1])[None] < inp["lengths"][:, None]).long()
        pick = inp["image_of_sentence"]
        x, p, keep = m.join([z[pick] for z in img], m.encode_text(ids, mask), mask)
        out = decode_layers(m, m.encode_cross(x, p, keep), p, keep)
        outs = [[(b[r], s[r]) for b, s in out] for r in range(len(ids))]
    else:
        outs = []
        for r, n in enumerate(inp["lengths"].tolist()):
            i = inp["image_of_sentence"][r].item()
            ids = inp["ids"][r:r + 1, :n]
            mask = torch.ones_like(ids)
            x, p, keep = m.join([z[i:i + 1] for z in img], m.encode_text(ids, mask), mask)
            outs.append([(b[0], s[0]) for b, s in decode_layers(m, m.encode_cross(x, p, keep), p, keep)])
    targets = list(inp["targets"].to(dt).split(inp["target_counts"].tolist()))
    layers = [layer_loss([o[l][0] for o in outs], [o[l][1] for o in outs], targets) for l in range(c.dec_layers)]
    loss = sum(a + 5 * b + 2 * g for a, b, g, _, _ in layers)
    box = torch.stack([torch.stack([o[l][0] for o in outs]) for l in range(c.dec_layers)])
    conf = torch.stack([torch.stack([o[l][1] for o in outs]) for l in range(c.dec_layers)])
    return loss, layers, box, conf


def gradients(m, leaves, inp, padded=False):
    loss, layers, box, conf = run(m, inp, padded)
    names = list(leaves)
    g = torch.autograd.grad(loss, [leaves[n] for n in names])
    return loss.detach(), layers, box.detach(), conf.detach(), dict(zip(names, g))


# ---- inputs
def inputs():
    gold = load_file(G + "golden_tiny.safetensors")
    px = torch.cat((gold["pixels"], mg.smooth_image(c, seed=21)))
    lengths = (9, 5, 14)
    ids, _ = mg.tokens(c, lengths, seed=23)
    ids[0, 5] = ids[0, 2]                                # a repeated id: embedding gradients must add up
    ids[2, 7] = ids[0, 2]
    t = torch.tensor(TARGETS, dtype=torch.float32)
    return dict(pixels=px, ids=ids, lengths=torch.tensor(lengths), image_of_sentence=torch.tensor([0, 0, 1]), targets=t,
                target_counts=torch.tensor([2, 1, 0]))


TARGETS = [[0.31, 0.42, 0.22, 0.30], [0.68, 0.57, 0.26, 0.18], [0.55, 0.30, 0.34, 0.24]]


def main():
    check_loss()
    ck = load_file(G + "medgrounder_tiny.safetensors")
    gold = load_file(G + "golden_tiny.safetensors")
    inp = inputs()
    with torch.no_grad():                                # forward against the golden file
        m, _ = model(torch.float64, False)
        b, s = m(gold["pixels"].double().expand(3, -1, -1, -1), gold["ids"], gold["mask"])
        print("golden forward: box", (b - gold["box_f64"]).abs().max().item(), "conf", (s - gold["conf_f64"]).abs().max().item())
    out = {f"in/{k}": v for k, v in inp.items()}
    for V, bn in (("a", False), ("b", True)):
        m, leaves = model(torch.float64, bn)
        start = copy.deepcopy(m.state_dict())
        loss, layers, box, conf, g = gradients(m, leaves, inp)
        after = m.state_dict()
        want = {n for n in ck if not n.endswith(("running_mean", "running_var"))}
        print(f"\n[{V}] loss {loss.item():.12f}  per layer", [f"{(x + 5 * y + 2 * z).item():.9f}" for x, y, z, _, _ in layers])
        print("   conf/l1/giou", [[round(q.item(), 6) for q in l[:3]] for l in layers], "matched", [l[3] for l in layers],
              "margins", [[round(float(q), 4) for q in l[4]] for l in layers])
        print("   names: gradients", len(g), "checkpoint without running statistics", len(want), "missing", sorted(want - set(g)), "extra", sorted(set(g) - want))
        assert set(g) == want and all(g[n].shape == ck[n].shape for n in g)
        # padded + masked batch
        m2, lv2 = model(torch.float64, bn)
        l2, _, _, _, g2 = gradients(m2, lv2, inp, padded=True)
        print("   padded batch: loss differs", abs(l2 - loss).item(), "gradients", max((g2[n] - g[n]).abs().max().item() for n in g))
        # float32 run
        m3, lv3 = model(torch.float32, bn)
        l3, lay3, _, _, g3 = gradients(m3, lv3, inp)
        dev = {n: ((g3[n].double() - g[n]).abs().max() / g[n].abs().max().clamp(min=1e-30)).item() for n in g}
        scale = {n: g[n].abs().max().item() for n in g}
        print("   float32 run: loss differs", (l3.double() - loss).item(), "same matching", [l[3] for l in lay3] == [l[3] for l in layers])
        big = sorted((d, n) for n, d in dev.items() if scale[n] > 1e-9)
        print("   float32 gradients, max|dif|/max|g| per tensor: median", np.median([d for d, _ in big]), "worst", big[-4:])
        print("   tensors with zero gradient (max < 1e-9):", [(n, scale[n]) for n in g if scale[n] <= 1e-9])
        print("   gradient max range", min(s for s in scale.values() if s > 1e-9), max(scale.values()),
              "global norm", torch.sqrt(sum((x ** 2).sum() for x in g.values())).item())
        # finite differences: one random direction per group, central
        gen = torch.Generator().manual_seed(5)
        m4, lv4 = model(torch.float64, bn)
        groups = {"conv": lambda n: n.startswith("backbone") and g[n].dim() == 4, "bn": lambda n: n.startswith("backbone") and g[n].dim() == 1,
                  "text": lambda n: "text_encoder" in n or "resizer" in n, "encoder": lambda n: ".encoder." in n,
                  "decoder": lambda n: ".decoder." in n, "rest": lambda n: not n.startswith(("backbone", "transformer"))}
        for name, f in groups.items():
            sel = [n for n in g if f(n)]
            dirs = {n: torch.randn(g[n].shape, generator=gen, dtype=torch.float64) * ck[n].double().std(correction=0).clamp(min=0.01) for n in sel}
            an = sum((g[n] * dirs[n]).sum() for n in sel).item()
            res = []
            for h in (1e-6, 1e-7, 1e-8):
                v = []
                for sg in (1, -1):
                    with torch.no_grad():
                        for n in sel:
                            lv4[n].add_(dirs[n], alpha=sg * h)
                        v.append(run(m4, inp)[0].item())
                        for n in sel:
                            lv4[n].add_(dirs[n], alpha=-sg * h)
                res.append((v[0] - v[1]) / (2 * h) / an - 1)
            print(f"   finite difference {name:8s} {len(sel):3d} tensors, directional derivative {an:.6g}, relative error (h 1e-6,-7,-8)", ["%.1e" % r for r in res])
        out[f"{V}/loss"] = loss.float().reshape(1)
        out[f"{V}/loss_f64"] = loss.reshape(1)
        T = lambda f: torch.tensor([f(l).detach().item() for l in layers])
        out[f"{V}/layer_loss"] = T(lambda l: l[0] + 5 * l[1] + 2 * l[2])
        for j, k in enumerate(("conf", "l1", "giou")):
            out[f"{V}/layer_{k}"] = T(lambda l: l[j])
        out[f"{V}/box"], out[f"{V}/conf"] = box.float(), conf.float()
        out[f"{V}/matched_query"] = torch.tensor([l[3] for l in layers])
        out[f"{V}/match_margin"] = torch.tensor([[min(float(q), 1e9) for q in l[4]] for l in layers]).where(inp["target_counts"] > 0, -1.0)
        for n in g:
            out[f"{V}/grad/{n}"] = g[n].float()
            out[f"{V}/f32dev/{n}"] = torch.tensor([dev[n]], dtype=torch.float32)
        if bn:
            for n, v in after.items():
                if n.endswith(("running_mean", "running_var")):
                    assert not torch.equal(v, start[n])
                    out[f"b/running/{n}"] = v.float()
    out = {k: v.detach().contiguous().clone() for k, v in out.items()}
    assert all(torch.isfinite(v).all() for k, v in out.items() if not k.endswith("match_margin"))
    save_file(out, OUT, metadata={"torch": torch.__version__, "transformers": transformers.__version__, "about": "see make_gradients.py",
                                  "config": safe_open(G + "medgrounder_tiny.safetensors", "pt").metadata()["config"]})
    print("\n", OUT, os.path.getsize(OUT), "bytes,", len(out), "tensors")


if __name__ == "__main__":
    main()
