"""One MedGrounder training step on CPU in PyTorch: the timing rival.

    python train_step.py --peers FOLDER --threads 1 --steps 10 [--images 8 --sentences 4 --vocab 2048 --channels-last --compile --malloc --profile]

FOLDER holds medgrounder_torch.py. The architecture of `grounded bench train` (448 px, bottlenecks 1-2-2-2 width 24, d 96, 4 heads, FFN 256, 2+3 layers, 12 queries; text
96/144, 2 layers, 4 heads), batch norm in training mode, f32. Each image is encoded once, all its sentences (6-20 tokens, padded to the
longest of the batch; with --compile always to 20, so that nothing is recompiled) run in one batch. Full loss of SPEC 1.10 with auxiliary
layers: norm + heads once over all decoder layers, matching costs of all layers and targets in one tensor and one transfer, argmin for one-box
sentences, scipy's Hungarian for the others, GIoU/L1 once over all matched pairs. Fused AdamW, foreach gradient clipping 0.1.
Batches are made and collated before the clock starts (as a data loader's workers would); every step gets another one.

Times are wall clock per step: forward = zero_grad .. loss (matching included; also given as matching_ms), backward, optimizer = clip + AdamW.
--malloc keeps large blocks in the heap (mallopt), which spares page faults: what jemalloc/tcmalloc users get.
"""
import argparse, ctypes, json, os, statistics, sys, time
sys.dont_write_bytecode = True
p = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
p.add_argument("--peers", required=True)
p.add_argument("--threads", type=int, default=1)
p.add_argument("--steps", type=int, default=10)
p.add_argument("--warmup", type=int, default=3)
p.add_argument("--images", type=int, default=8)
p.add_argument("--sentences", type=int, default=4)
p.add_argument("--pixels", type=int, default=448)
p.add_argument("--vocab", type=int, default=2048)
p.add_argument("--seed", type=int, default=0)
p.add_argument("--lr", type=float, default=3e-4)
p.add_argument("--channels-last", action="store_true")
p.add_argument("--compile", action="store_true")
p.add_argument("--malloc", action="store_true", help="mallopt: no mmap for large blocks, no trimming")
p.add_argument("--profile", action="store_true", help="print torch.profiler's table of one more step to stderr")
a = p.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(a.threads)
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", str(a.threads))
if a.malloc:
    libc = ctypes.CDLL("libc.so.6")
    libc.mallopt(-3, 1 << 30)        # M_MMAP_THRESHOLD
    libc.mallopt(-1, 2**31 - 1)      # M_TRIM_THRESHOLD
sys.path.insert(0, a.peers)
import numpy as np, torch, torch.nn.functional as F
from torch import nn
from scipy.optimize import linear_sum_assignment
import medgrounder_torch as mg
torch.set_num_threads(a.threads)
torch.set_flush_denormal(True)
torch.manual_seed(a.seed)

c = mg.Config(blocks=(1, 2, 2, 2), width=24, d_model=96, nhead=4, ffn=256, enc_layers=2, dec_layers=3, queries=12, image=a.pixels, vocab=a.vocab,
              t_hidden=96, t_inter=144, t_layers=2, t_heads=4, t_local=128, pad=0, cls=1, sep=2)


def swap_bn(mod):
    for n, ch in mod.named_children():
        if isinstance(ch, mg.FrozenBatchNorm2d):
            setattr(mod, n, nn.BatchNorm2d(ch.weight.numel()))
        else:
            swap_bn(ch)


def make_model():
    m = mg.build(c)
    with torch.no_grad():
        m.class_embed.bias.fill_(-2.0)
        m.bbox_embed.layers[-1].weight.mul_(0.1)
    swap_bn(m)
    return m.requires_grad_(True).train()


def make_batches(n):
    g = torch.Generator().manual_seed(a.seed + 1)
    S = a.images * a.sentences
    out = []
    for _ in range(n):
        px = F.interpolate(torch.rand(a.images, 1, a.pixels // 16, a.pixels // 16, generator=g), size=(a.pixels, a.pixels), mode="bicubic", align_corners=False)
        px = ((px + 0.05 * torch.randn(px.shape, generator=g)) * 4 - 2).expand(-1, 3, -1, -1)
        px = px.contiguous(memory_format=torch.channels_last if a.channels_last else torch.contiguous_format)
        len_ = torch.randint(6, 21, (S,), generator=g)
        T = 20 if a.compile else int(len_.max())
        mask = torch.arange(T)[None] < len_[:, None]
        ids = torch.randint(3, a.vocab, (S, T), generator=g).masked_fill(~mask, c.pad)
        ids[:, 0] = c.cls
        ids[torch.arange(S), len_ - 1] = c.sep
        count = torch.multinomial(torch.tensor([0.25, 0.45, 0.3]), S, replacement=True, generator=g)      # boxes per sentence
        sent = torch.repeat_interleave(torch.arange(S), count)
        wh = 0.1 + 0.3 * torch.rand(len(sent), 2, generator=g)
        cxy = wh / 2 + torch.rand(len(sent), 2, generator=g) * (1 - wh)
        target = torch.cat((cxy, wh), -1)
        cnt, start = count.numpy(), np.cumsum(np.r_[0, count.numpy()])
        many = [(int(start[s]), int(start[s + 1])) for s in np.nonzero(cnt > 1)[0]]
        out.append((px, ids, mask, target, sent, many))
    return out


class Net(nn.Module):
    """images once, sentences in one batch; all decoder layers' boxes [L,B,Q,4] and logits [L,B,Q]"""

    def __init__(self, m):
        super().__init__()
        self.m = m

    def forward(self, px, ids, mask):
        m, k = self.m, a.sentences
        f = m.input_proj(m.backbone[0](px))
        n, _, h, w = f.shape
        pos = POS[:, :h * w]
        tok = f.flatten(2).transpose(1, 2).repeat_interleave(k, 0)
        B, T = ids.shape
        x = torch.cat((tok, m.encode_text(ids, mask)), 1)
        p = torch.cat((pos, pos.new_zeros(1, T, c.d_model)), 1)
        keep = torch.cat((mask.new_ones(B, h * w), mask), 1)
        memory = m.encode_cross(x, p, keep)
        q = m.query_embed.weight[None].expand(B, -1, -1)
        t, hs = torch.zeros_like(q), []
        for l in m.transformer.decoder.layers:
            t = l(t, q, memory, p, keep, None)
            hs.append(t)
        return m.heads(m.transformer.decoder.norm(torch.stack(hs)))


def xyxy(b):
    xy, wh = b[..., :2], b[..., 2:]
    return torch.cat((xy - wh / 2, xy + wh / 2), -1)


def giou(u, v):
    au, av = (u[..., 2:] - u[..., :2]).prod(-1), (v[..., 2:] - v[..., :2]).prod(-1)
    inter = (torch.minimum(u[..., 2:], v[..., 2:]) - torch.maximum(u[..., :2], v[..., :2])).clamp(min=0).prod(-1)
    hull = (torch.maximum(u[..., 2:], v[..., 2:]) - torch.minimum(u[..., :2], v[..., :2])).prod(-1)
    union = au + av - inter
    return inter / union - (hull - union) / hull


@torch.no_grad()
def match(box, logit, target, sent, many):
    """-> query of every target in every layer, [L,N]"""
    b = box.detach()[:, sent]                                                   # L,N,Q,4
    t = target[None, :, None]
    C = (b - t).abs().sum(-1).mul_(5).sub_(logit.detach()[:, sent].sigmoid()).sub_(giou(xyxy(b), xyxy(t)), alpha=2)
    q = C.argmin(-1)
    if many:
        C, qn = C.numpy(), q.numpy()
        for l in range(C.shape[0]):
            for s, e in many:
                rows, cols = linear_sum_assignment(C[l, s:e])
                qn[l, s:e] = cols
    return q


def loss_fn(box, logit, target, sent, many):
    global t_match
    L, n = box.shape[0], max(1, len(target))
    t0 = time.perf_counter()
    q = match(box, logit, target, sent, many)
    t_match = time.perf_counter() - t0
    l = torch.arange(L)[:, None]
    y = torch.zeros_like(logit)
    y[l, sent, q] = 1
    conf = F.binary_cross_entropy_with_logits(logit, y, weight=y * 0.9 + 0.1, reduction="sum")
    b = box[l, sent, q]
    l1 = (b - target).abs().sum()
    gi = (1 - giou(xyxy(b), xyxy(target))).sum()
    return (conf + 5 * l1 + 2 * gi) / n


m = make_model()
with torch.no_grad():
    side = a.pixels // 32
    POS = m.backbone[1](torch.zeros(1, side, side, dtype=torch.bool)).flatten(1, 2)
if a.channels_last:
    m = m.to(memory_format=torch.channels_last)
net = Net(m)
params = [q for q in m.parameters() if q.requires_grad]
opt = torch.optim.AdamW(params, lr=a.lr, weight_decay=1e-4, fused=True)
fwd = torch.compile(net) if a.compile else net
batches = make_batches(min(a.steps + a.warmup, 16))


def step(batch):
    px, ids, mask, target, sent, many = batch
    t0 = time.perf_counter()
    opt.zero_grad(set_to_none=True)
    box, logit = fwd(px, ids, mask)
    loss = loss_fn(box, logit, target, sent, many)
    t1 = time.perf_counter()
    loss.backward()
    t2 = time.perf_counter()
    nn.utils.clip_grad_norm_(params, 0.1, foreach=True)
    opt.step()
    t3 = time.perf_counter()
    return t3 - t0, t1 - t0, t2 - t1, t3 - t2, t_match, loss.item()


rows = []
w0 = time.perf_counter()
for i in range(a.warmup + a.steps):
    r = step(batches[i % len(batches)])
    if i == a.warmup - 1:
        warm = time.perf_counter() - w0
    if i >= a.warmup:
        rows.append(r)
if a.profile:
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as prof:
        step(batches[0])
    print(prof.key_averages().table(sort_by="self_cpu_time_total", row_limit=25, max_name_column_width=50), file=sys.stderr)
med = lambda j: round(1000 * statistics.median(r[j] for r in rows), 3)
print(json.dumps({"median_ms": med(0), "best_ms": round(1000 * min(r[0] for r in rows), 3), "steps": a.steps, "threads": a.threads, "forward_ms": med(1),
                  "backward_ms": med(2), "optimizer_ms": med(3), "matching_ms": med(4), "warmup_s": round(warm, 2) if a.warmup else 0, "images": a.images,
                  "sentences": a.sentences, "parameters": sum(q.numel() for q in params), "channels_last": a.channels_last, "compile": a.compile,
                  "malloc": a.malloc, "loss_first": rows[0][5], "loss_last": rows[-1][5], "torch": torch.__version__}))
