"""The other side of `deno task bench:attacks`: the same weights in PyTorch, attacked by torchattacks.

    python peer.py FILE THREADS

FILE is what the bench has written: safetensors with PyTorch's names and layout, `images` [n, c, h, w], `labels` [n], and the
network's spec in its metadata. Each line on the standard input is a request in JSON, each line on the standard output the
answer. Wants torch, torchattacks and safetensors; AutoAttack's reference implementation is used where it can be imported.
"""
import json
import sys
import time

import torch
import torchattacks
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

try:
    from autoattack import AutoAttack as Reference
except ImportError:
    Reference = None

BATCH = 64


class Block(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        if before != after or stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        residual = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(residual + self.downsample(x))


class ResNet18(nn.Module):
    def __init__(self, spec):
        super().__init__()
        width = spec["width"]
        self.conv1 = nn.Conv2d(spec["channels"], width, 3, spec["stem"], 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        before = width
        for stage in range(4):
            after = width * 2 ** stage
            blocks = nn.Sequential(Block(before, after, 1 if stage == 0 else 2), Block(after, after, 1))
            setattr(self, f"layer{stage + 1}", blocks)
            before = after
        self.fc = nn.Linear(before, spec["classes"])
        for name in ("mean", "deviation"):
            value = torch.tensor(spec["normalise"][name]).reshape(1, -1, 1, 1)
            self.register_buffer(name, value, persistent=False)
        self.images = 0  # that have passed

    def forward(self, x):
        self.images += len(x)
        return self.logits(x)

    def logits(self, x):
        x = (x - self.mean) / self.deviation
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class Unhurried(torchattacks.CW):
    """Without the early end, so that both sides do as many steps: it looks each `steps // 10` steps."""

    def forward(self, images, labels):
        steps = self.steps
        try:
            self.steps = Endless(steps)
            return super().forward(images, labels)
        finally:
            self.steps = steps


class Endless(int):
    """A number of steps whose tenth is never reached."""

    def __floordiv__(self, other):
        return self + 1 if other == 10 else super().__floordiv__(other)


def load(file):
    with safe_open(file, "pt") as opened:
        spec = json.loads(opened.metadata()["spec"])
    tensors = load_file(file)
    images, labels = tensors.pop("images"), tensors.pop("labels").long()
    net = ResNet18(spec)
    missing = net.load_state_dict(tensors, strict=False).missing_keys
    assert all(key.endswith("num_batches_tracked") for key in missing), missing
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    return net.eval(), images.contiguous(), labels


def batched(attack, images, labels):
    return torch.cat([attack(a, b) for a, b in zip(images.split(BATCH), labels.split(BATCH))])


def auto_attack(net, epsilon, images, labels):
    if Reference is None:
        return batched(torchattacks.AutoAttack(net, norm="Linf", eps=epsilon, version="standard", n_classes=10, seed=0),
                       images, labels)
    attack = Reference(net, norm="Linf", eps=epsilon, seed=0, version="standard", device="cpu", verbose=False)
    return attack.run_standard_evaluation(images, labels, bs=BATCH)


def attacks(net, case):
    epsilon = case.get("epsilon")
    return {
        "fgs": lambda *batch: batched(torchattacks.FGSM(net, eps=epsilon), *batch),
        "pgd": lambda *batch: batched(
            torchattacks.PGD(net, eps=epsilon, alpha=case["stepSize"], steps=case["steps"]), *batch),
        "carliniWagner": lambda *batch: batched(
            Unhurried(net, c=case["constant"], lr=case["stepSize"], steps=case["steps"]), *batch),
        "autoAttack": lambda *batch: auto_attack(net, epsilon, *batch),
    }[case["attack"]]


def main():
    file, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    net, images, labels = load(file)
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads(),
                      "autoAttack": "torchattacks" if Reference is None else "reference",
                      "torchattacks": torchattacks.__version__ if hasattr(torchattacks, "__version__") else "?"}),
          flush=True)
    for line in sys.stdin:
        case = json.loads(line)
        a, b = images[:case["images"]], labels[:case["images"]]
        if case["layout"] == "channels last":
            net, a = net.to(memory_format=torch.channels_last), a.contiguous(memory_format=torch.channels_last)
        else:
            net = net.to(memory_format=torch.contiguous_format)
        if case["attack"] == "none":
            with torch.no_grad():
                print(json.dumps({"logits": net(a).flatten().tolist()}), flush=True)
            continue
        net.images, started = 0, time.perf_counter()
        attacked = attacks(net, case)(a, b)
        seconds, passed = time.perf_counter() - started, net.images
        with torch.no_grad():
            standing = (net(attacked).argmax(1) == b).sum().item()
        print(json.dumps({"seconds": seconds, "forward": passed, "standing": standing}), flush=True)


if __name__ == "__main__":
    main()
