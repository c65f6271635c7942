"""The other side of scripts/bench_optimality.ts: the Python libraries' attacks at a fixed number of passes.

    python optimality.py export FILE COUNT      networks and images, as safetensors with PyTorch's layout
    python optimality.py measure BUDGET COUNT SEARCHES

`measure` prints a line of JSON for each network, norm and attack: the distance of each image's nearest adversarial version
among all that the attack has shown to the network while the image had passes left, forward and backward counted. A call that
begins within the budget counts whole. Wants torch, torchattacks, foolbox, safetensors, and AutoAttack's reference
implementation (fra31/auto-attack at commit a392200) on the PYTHONPATH.
"""
import contextlib
import json
import math
import pathlib
import sys
import time
import warnings

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "golden"
sys.path.insert(0, str(GOLDEN))
from stored_networks import networks  # noqa: E402

warnings.filterwarnings("ignore")
# Where the search over radii begins: those of fixtures/golden/make_thousand.py.
RADII = {"plain": {"linf": 12 / 255, "l2": 0.75}, "robust": {"linf": 28 / 255, "l2": 1.1},
         "quantized": {"linf": 16 / 255, "l2": 1.0}}
Q = 15 / 255


class Quantized(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(torch.round(x / Q) * Q)


nets = {"plain": networks["plain"].float(), "robust": networks["robust"].float()}
nets["quantized"] = Quantized(nets["plain"])
thousand = load_file(GOLDEN / "thousand_images.safetensors")
images, labels = thousand["images"].permute(0, 3, 1, 2).float() / 255, thousand["labels"].long()
with torch.no_grad():
    right = torch.stack([net(images).argmax(1) == labels for net in nets.values()]).all(0)
images, labels = images[right].contiguous(), labels[right]


class Spent(Exception):
    """No image has passes left."""


class Entrance(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, used, which):
        ctx.used, ctx.which = used, which
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        ctx.used.add_(torch.bincount(ctx.which, minlength=len(ctx.used)))
        return gradient, None, None


class Tracked(nn.Module):
    """Counts passes image by image, and keeps the distance of the nearest version that was misclassified."""

    def __init__(self, net, norm, x, y, budget):
        super().__init__()
        self.net, self.norm, self.x, self.y, self.budget = net, norm, x, y, budget
        self.used = torch.zeros(len(x), dtype=torch.long)
        self.nearest = torch.full((len(x),), math.inf)
        self.rows = torch.arange(len(x))

    @contextlib.contextmanager
    def of(self, rows):
        """While a part of the images is attacked."""
        before, self.rows = self.rows, rows
        try:
            yield
        finally:
            self.rows = before

    def which(self, x):
        rows = self.rows
        if len(x) % len(rows) == 0:
            return rows.repeat(len(x) // len(rows))
        return rows[torch.cdist(x.detach().flatten(1), self.x[rows].flatten(1)).argmin(1)]

    def forward(self, x):
        which = self.which(x)
        left = self.used[which] < self.budget
        if not (self.used[self.rows] < self.budget).any():
            raise Spent
        self.used += torch.bincount(which, minlength=len(self.used))
        logits = self.net(Entrance.apply(x, self.used, which))
        with torch.no_grad():
            change = (x.detach().clamp(0, 1) - self.x[which]).flatten(1)
            far = change.norm(dim=1) if self.norm == "l2" else change.abs().amax(1)
            far[~left | (logits.argmax(1) == self.y[which])] = math.inf
            self.nearest.scatter_reduce_(0, which, far, "amin")
        return logits


def searched(tracked, searches, radius, attack):
    """AttackBench's search over radii, image by image: doubled until a success, then halved."""
    x, y, count = tracked.x, tracked.y, len(tracked.x)
    low, high = torch.zeros(count), torch.full((count,), math.inf)
    epsilon = torch.full((count,), radius)
    for _ in range(searches):
        for value in epsilon.unique():
            rows = (epsilon == value).nonzero()[:, 0]
            with tracked.of(rows):
                if not (tracked.used[rows] < tracked.budget).any():
                    continue
                attacked = attack(value.item(), x[rows], y[rows])
                with torch.no_grad():
                    fooled = tracked(attacked).argmax(1) != y[rows]
            high[rows] = torch.where(fooled, value, high[rows])
            low[rows] = torch.where(fooled, low[rows], value)
        epsilon = torch.where(high < math.inf, (low + high) / 2, 2 * low)
        if tracked.norm == "linf":
            epsilon = epsilon.clamp(max=1)


def attacks(norm, radius, budget, searches):
    """The attacks of a norm by library and name; each is called with the tracked network."""
    import foolbox
    import torchattacks as ta
    from autoattack.autopgd_base import APGDAttack, APGDAttack_targeted
    from autoattack.fab_pt import FABAttack_PT
    from autoattack.square import SquareAttack
    fb, long = foolbox.attacks, {"linf": "Linf", "l2": "L2"}[norm]
    each = budget // searches  # passes for one radius
    steps = (each - 1) // 2

    def model(net):
        return foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu")

    def ball(attack):
        return lambda net: searched(net, searches, radius, lambda *about: attack(net, *about))

    def once(attack):
        return lambda net: attack(net, net.x, net.y)

    def foolbox_ball(make):
        return ball(lambda net, e, x, y: make()(model(net), x, y, epsilons=e)[1])

    def foolbox_once(attack):
        return once(lambda net, x, y: attack(model(net), x, y, epsilons=None))

    def fab(net, x, y, targets, length):
        for target in targets:
            attack = FABAttack_PT(net, norm=long, n_iter=length, eps=radius, seed=0, device="cpu", targeted=target is not None)
            attack.target_class = target
            attack.attack_single_run(x, y, use_rand_start=False, is_targeted=target is not None)

    relative = {"rel_stepsize": 1 / 8, "steps": steps}
    listed = {
        ("foolbox", "fgs"): foolbox_ball({"linf": fb.LinfFastGradientAttack, "l2": fb.L2FastGradientAttack}[norm]),
        ("foolbox", "bim"): foolbox_ball(lambda: {"linf": fb.LinfBasicIterativeAttack, "l2": fb.L2BasicIterativeAttack}[norm](
            **relative)),
        ("foolbox", "pgd"): foolbox_ball(lambda: {"linf": fb.LinfPGD, "l2": fb.L2PGD}[norm](**relative)),
        ("torchattacks", "pgd"): ball(lambda net, e, x, y: {"linf": ta.PGD, "l2": ta.PGDL2}[norm](
            net, eps=e, alpha=e / 8, steps=steps)(x, y)),
        ("reference", "apgd"): ball(lambda net, e, x, y: APGDAttack(
            net, norm=long, eps=e, n_iter=steps - 2, n_restarts=1, loss="ce", rho=0.75, seed=0, device="cpu").perturb(x, y)),
        ("reference", "apgd dlr"): ball(lambda net, e, x, y: APGDAttack(
            net, norm=long, eps=e, n_iter=steps - 2, n_restarts=1, loss="dlr", rho=0.75, seed=0, device="cpu").perturb(x, y)),
        ("reference", "apgdTargeted"): ball(lambda net, e, x, y: APGDAttack_targeted(
            net, norm=long, eps=e, n_iter=max(steps // 4 - 3, 1), n_restarts=1, n_target_classes=4, seed=0,
            device="cpu").perturb(x, y)),
        ("reference", "fab"): once(lambda net, x, y: fab(net, x, y, [None], budget // 7)),
        ("reference", "fabTargeted"): once(lambda net, x, y: fab(net, x, y, [2, 3, 4, 5], budget // 12)),
        ("foolbox", "deepFool"): foolbox_once(
            {"linf": fb.LinfDeepFoolAttack, "l2": fb.L2DeepFoolAttack}[norm](steps=50, overshoot=0.02)),
        ("reference", "square"): ball(lambda net, e, x, y: SquareAttack(
            net, norm=long, eps=e, n_queries=each - 3, p_init=0.8, n_restarts=1, seed=0, device="cpu",
            resc_schedule=False).perturb(x, y)),
        ("foolbox", "fmn"): foolbox_once({"linf": fb.LInfFMNAttack, "l2": fb.L2FMNAttack}[norm](steps=budget // 2)),
        ("foolbox", "hopSkipJump"): foolbox_once(fb.HopSkipJumpAttack(
            constraint=norm, steps=64, initial_gradient_eval_steps=20, max_gradient_eval_steps=100)),
        ("foolbox", "noise"): foolbox_ball(lambda: {
            "linf": fb.LinfRepeatedAdditiveUniformNoiseAttack, "l2": fb.L2RepeatedAdditiveGaussianNoiseAttack}[norm](
                repeats=each - 2)),
    }
    if norm == "linf":
        listed["torchattacks", "momentum"] = ball(lambda net, e, x, y: ta.MIFGSM(
            net, eps=e, alpha=e / 8, steps=steps)(x, y))
        listed["torchattacks", "spsa"] = ball(lambda net, e, x, y: ta.SPSA(
            net, eps=e, delta=0.02, lr=0.05, nb_iter=8, nb_sample=each // 16, max_batch_size=each // 16)(x, y))
    else:
        listed["torchattacks", "deepFool"] = once(lambda net, x, y: ta.DeepFool(net, steps=50, overshoot=0.02)(x, y))
        listed["torchattacks", "carliniWagner"] = once(lambda net, x, y: ta.CW(
            net, c=1, kappa=0, steps=budget // 2, lr=0.02)(x, y))
        listed["foolbox", "carliniWagner"] = foolbox_once(fb.L2CarliniWagnerAttack(
            binary_search_steps=9, steps=budget // 18, stepsize=0.02, initial_const=0.05))
        listed["foolbox", "ddn"] = foolbox_once(fb.DDNAttack(steps=budget // 2))
    return listed


def measure(budget, count, searches):
    x, y = images[:count], labels[:count]
    for name, net in nets.items():
        for norm in ("linf", "l2"):
            for (library, attack), run in attacks(norm, RADII[name][norm], budget, searches).items():
                started, tracked = time.time(), Tracked(net, norm, x, y, budget).eval()
                torch.manual_seed(0)
                np.random.seed(0)
                problem = None
                try:
                    run(tracked)
                except Spent:
                    pass
                except Exception as error:  # an attack that fails keeps what it has found
                    problem = f"{type(error).__name__}: {error}"
                found = [round(d, 6) if d < math.inf else None for d in tracked.nearest.tolist()]
                print(json.dumps({
                    "network": name, "norm": norm, "library": library, "attack": attack, "distances": found,
                    "passes": round(tracked.used.clamp(max=budget).float().mean().item(), 1),
                    "seconds": round(time.time() - started, 1), **({"problem": problem} if problem else {}),
                }), flush=True)


def export(file, count):
    tensors = {f"{name}.{key}": value for name in ("plain", "robust") for key, value in nets[name].state_dict().items()}
    tensors["images"], tensors["labels"] = images[:count], labels[:count].float()
    about = {"radii": json.dumps(RADII), "q": str(Q)}
    save_file({name: value.contiguous() for name, value in tensors.items()}, file, metadata=about)


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "export":
        export(sys.argv[2], int(sys.argv[3]))
    else:
        measure(*(int(word) for word in sys.argv[2:5]))
