"""The other side of `deno task bench`: the same networks in PyTorch, at the same works.

    python works.py FOLDER THREADS

Each line on the standard input is a request in JSON, each line on the standard output the answer. Tensors are exchanged in
FOLDER as safetensors, with PyTorch's names and layout. Wants torch, torchattacks and safetensors.
"""
import copy
import importlib
import json
import math
import os
import signal
import sys
import time

# What is compiled without gradients takes its weights for constants, as our graphs do. Read when torch is imported.
os.environ.setdefault("TORCHINDUCTOR_FREEZING", "1")
sys.dont_write_bytecode = True  # no folder beside this file

import torch
import torchattacks
from peer import ResNet18
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

# PyTorch is given what makes it faster and leaves what it computes the same: one kernel for the optimiser, and in the modes
# "frozen" and "compiled" weights that are made ready once, with batch norms folded in. "eager" is as it comes.


class Classifier(ResNet18):
    """That counts nothing: a number that changes would be compiled anew each time."""

    forward = ResNet18.logits


class Correction(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x)))


class Generator(nn.Module):
    def __init__(self, spec):
        super().__init__()
        width, channels = spec["width"], spec["channels"]
        self.down = nn.Conv2d(channels, width, 2, 2)
        self.encode = nn.Sequential(Correction(width), Correction(width))
        self.deeper = nn.Conv2d(width, 2 * width, 2, 2)
        self.middle = nn.Sequential(Correction(2 * width), Correction(2 * width))
        setattr(self, "raise", nn.ConvTranspose2d(2 * width, width, 2, 2))
        self.decode = nn.Sequential(Correction(width))
        self.up = nn.ConvTranspose2d(width, channels, 2, 2)

    def forward(self, x):
        encoded = self.encode(self.down(x))
        deep = self.middle(self.deeper(encoded))
        return x + self.up(self.decode(encoded + getattr(self, "raise")(deep)))


class Cleaner(nn.Module):
    """The quantized transform by two convolutions of stride 8, and the generator."""

    def __init__(self, generator, q):
        super().__init__()
        self.generator, self.q = generator, q
        i, n = torch.arange(8.0)[:, None], torch.arange(8.0)[None]
        cosines = torch.cos(i * math.pi * (2 * n + 1) / 16) / 2
        cosines[0] /= math.sqrt(2)
        self.register_buffer("basis", torch.einsum("iy,jx->ijyx", cosines, cosines).reshape(64, 1, 8, 8))

    def forward(self, x):
        with torch.autocast("cpu", enabled=False):  # what is rounded stays in float32, as on our side
            n, c, h, w = x.shape
            spectrum = F.conv2d(x.reshape(n * c, 1, h, w), self.basis, stride=8)
            quantized = torch.round(spectrum / self.q) * self.q
            x = F.conv_transpose2d(quantized, self.basis, stride=8).reshape(n, c, h, w)
        return self.generator(x).clamp(0, 1)


def folded(net):
    """With batch norms multiplied into the convolutions before them."""
    net = copy.deepcopy(net).eval()
    for module in list(net.modules()):
        for conv, norm in (("conv1", "bn1"), ("conv2", "bn2"), ("0", "1")):
            if isinstance(getattr(module, norm, None), nn.BatchNorm2d):
                setattr(module, conv, fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm)))
                setattr(module, norm, nn.Identity())
    return net


class Subject:
    """Networks of one width and what they work on."""

    def __init__(self, file):
        with safe_open(file, "pt") as opened:
            about = {name: json.loads(text) for name, text in opened.metadata().items()}
        tensors = load_file(file)
        part = lambda prefix: {k[len(prefix) + 1:]: v for k, v in tensors.items() if k.startswith(f"{prefix}.")}
        self.settings = about["settings"]
        self.classifier = Classifier(about["classifier"])
        missing = self.classifier.load_state_dict(part("classifier"), strict=False).missing_keys
        assert all(key.endswith("num_batches_tracked") for key in missing), missing
        generator = Generator(about["generator"])
        generator.load_state_dict(part("generator"))
        self.cleaner = Cleaner(generator, self.settings["q"])
        self.images, self.pixels = tensors["images"].contiguous(), tensors["pixels"].byte().contiguous()
        self.labels = tensors["labels"].long()

    def frozen(self, work, mode="eager", precision="float32"):
        """The network of a work, whose weights nobody asks the gradients of."""
        net = self.cleaner if work == "cleaning" else self.classifier
        net = copy.deepcopy(net).eval() if mode == "eager" else folded(net)
        for parameter in net.parameters():
            parameter.requires_grad_(False)
            if mode != "eager" and precision == "bfloat16":
                parameter.data = parameter.data.bfloat16()  # which autocast would do again in each pass
        return net

    def attack(self, net, random_start):
        epsilon, alpha, steps = (self.settings[name] for name in ("epsilon", "stepSize", "steps"))
        return torchattacks.PGD(net, eps=epsilon, alpha=alpha, steps=steps, random_start=random_start)

    def optimiser(self, net):
        settings = self.settings
        return torch.optim.SGD(net.parameters(), lr=settings["rate"], momentum=settings["momentum"], nesterov=True,
                               weight_decay=settings["weightDecay"], fused=True)


def stepped(net, optimiser, images, labels, autocast):
    """One step of training; returns its loss."""
    optimiser.zero_grad(set_to_none=True)
    with autocast():
        loss = F.cross_entropy(net(images), labels)
    loss.backward()
    optimiser.step()
    return loss.detach()


def result(subject, work, batch):
    """What a work gives in float32, in our layout."""
    a, b = subject.images[:batch], subject.labels[:batch]
    if work == "training step":
        net, images = copy.deepcopy(subject.classifier).train(), subject.pixels[:batch].float() / 255
        loss = stepped(net, subject.optimiser(net), images, b, lambda: torch.autocast("cpu", enabled=False))
        after = {f"after.{name}": value for name, value in net.state_dict().items() if value.is_floating_point()}
        return {"loss": loss.reshape(1), **after}
    net = subject.frozen(work)
    attacked = subject.attack(net, False)(a, b) if work == "PGD-10" else None
    with torch.no_grad():
        given = net(a)
        if work == "cleaning":
            return {f"image {i}": image.permute(1, 2, 0).flatten() for i, image in enumerate(given)}
        logits = {"logits": given.flatten()}
        if attacked is None:
            return logits
        return {**logits, "log loss / 10": F.cross_entropy(net(attacked), b).log().reshape(1) / 10}


def prepared(subject, work, batch, mode, precision, layout):
    """A function that does the work once."""
    memory = torch.channels_last if layout == "channels last" else torch.contiguous_format
    autocast = lambda: torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")

    def ready(net):
        net = net.to(memory_format=memory)
        return torch.compile(net, dynamic=False) if mode == "compiled" else net

    a, b = subject.images[:batch].contiguous(memory_format=memory), subject.labels[:batch]
    if work == "training step":
        net = ready(copy.deepcopy(subject.classifier).train())
        optimiser, state = subject.optimiser(net), {"order": torch.randperm(0)}

        def step():
            if len(state["order"]) < batch:
                state["order"] = torch.randperm(len(subject.pixels))
            chosen, state["order"] = state["order"][:batch], state["order"][batch:]
            images = (subject.pixels[chosen].float() / 255).contiguous(memory_format=memory)
            stepped(net, optimiser, images, subject.labels[chosen], autocast)

        return step
    net = ready(subject.frozen(work, mode, precision))
    if work == "PGD-10":
        attack = subject.attack(net, True)

        def attacked():
            with autocast():
                attack(a, b)

        return attacked

    def passed():
        with torch.no_grad(), autocast():
            net(a)

    return passed


class TookTooLong(BaseException):
    """Not an Exception: a compiler on the way would catch that."""


def give_up(*_):
    raise TookTooLong()


def attempt(make, within):
    """Does something for the first time, which compiles it, and says what went wrong if it did; 0 seconds: no limit."""
    if within > 0:
        importlib.import_module("torch._inductor.compile_fx")  # half an import can't be mended
    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, within, 5)  # and again, for it may be raised where nothing comes through
    started = time.perf_counter()
    try:
        run = make()
        run()
        return run, {"seconds": time.perf_counter() - started}
    except TookTooLong:
        return None, {"problem": f"took longer than {within} s"}
    except Exception as error:
        return None, {"problem": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main():
    folder, threads = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a compiler prints is no answer
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.join(folder, "compiled"))
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    answer = lambda said: print(json.dumps(said), file=answers, flush=True)
    answer({"torch": torch.__version__, "threads": torch.get_num_threads(),
            "instructions": torch.backends.cpu.get_cpu_capability(),
            "torchattacks": getattr(torchattacks, "__version__", "?")})
    subject, sides = None, {}
    for line in sys.stdin:
        request = json.loads(line)
        do, side = request.pop("do"), request.pop("side", None)
        if do == "load":
            subject, sides = Subject(os.path.join(folder, request["file"])), {}
            answer({})
        elif do == "result":
            tensors = {name: tensor.contiguous().clone() for name, tensor in result(subject, **request).items()}
            save_file(tensors, os.path.join(folder, "result.safetensors"))
            answer({"file": "result.safetensors"})
        elif do == "prepare":
            within = request.pop("within")
            sides[side], said = attempt(lambda: prepared(subject, **request), within)
            answer(said)
        elif do == "run":
            started = time.perf_counter()
            for _ in range(request["repeats"]):
                sides[side]()
            answer({"seconds": time.perf_counter() - started})
        elif do == "forget":
            sides = {}
            if "torch._dynamo" in sys.modules:
                torch._dynamo.reset()
            answer({})


if __name__ == "__main__":
    main()
