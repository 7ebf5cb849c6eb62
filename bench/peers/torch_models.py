"""Rows of whole models, as PyTorch's users write them; equal in mathematics to ../Rows/Steps.cs and ../Rows/Inference.cs."""
import itertools

from networks import AdaLnPredictor, VisionTransformer, mlp
from series import fill, series
from torch_kernels import no_grad, repeat, with_gradients


def make(torch, name):
    group, rest = name.split(".")
    if group == "sigreg":
        return sigreg_row(torch, rest)
    if group == "infer":
        return answer(torch, name)
    return training(torch, {"vit224_b8": vit224, "vit128_b32": vit128, "predictor_b128": predictor, "dvd": dvd, "ball": ball,
                            "ball_sigreg": ball_sigreg}[rest]) if group == "step" else None


def training(torch, build):
    """build(optimiser class with settings) -> (parameters, loss(i), after()); the fastest spelling of the optimiser takes part."""
    def steps(settings):
        parameters, loss, after, optimiser = build(torch)
        optimiser = optimiser(parameters, **settings)

        def step(i):
            value = loss(i)
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            optimiser.step()
            after()
            return value

        counter = itertools.count()
        return repeat(lambda: step(next(counter))), step

    def results():
        _, step = steps({})
        loosely = "~" if build is ball_sigreg else ""       # its directions are random
        return {f"{loosely}loss{i}": step(i) for i in range(3)}

    runs = {}
    for name, settings in (("one by one", {"foreach": False}), ("foreach", {"foreach": True}), ("fused", {"fused": True})):
        try:
            runs[name] = steps(settings)[0]
        except (RuntimeError, TypeError):                   # an older PyTorch has no such setting
            continue
    return runs, results


def adamw(torch):
    return lambda parameters, **settings: torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01, **settings)


def adam(torch):
    return lambda parameters, **settings: torch.optim.Adam(parameters, lr=1e-3, **settings)


def nothing():
    pass


def filled(torch, *modules):
    for module in modules:
        fill(torch, module.parts() if hasattr(module, "parts") else module.parameters())
    return [p for module in modules for p in module.parameters()]


def vit(torch, image, patch, channels, batch):
    """Images are drawn as [batch, height, width, channels]; the loss is the distance of the class token from a fixed goal."""
    model = VisionTransformer(image, patch, channels)
    parameters = filled(torch, model)
    images = series(torch, [batch, image, image, channels], 1).permute(0, 3, 1, 2).contiguous()
    goal = series(torch, [batch, 192], 2)
    return parameters, lambda i: torch.nn.functional.mse_loss(model(images), goal), nothing, adamw(torch)


def vit224(torch):
    return vit(torch, 224, 14, 3, 8)


def vit128(torch):
    return vit(torch, 128, 16, 1, 32)


def predictor(torch):
    """128 windows of three tokens; gradients reach the embeddings too, as in joint training."""
    model = AdaLnPredictor()
    parameters = filled(torch, model)
    z, condition, goal = (series(torch, [128, 3, 192], seed) for seed in (1, 2, 3))
    z.requires_grad_()

    def loss(i):
        z.grad = None
        return torch.nn.functional.mse_loss(model(z, condition), goal)

    return parameters, loss, nothing, adamw(torch)


def dvd(torch):
    """The training step of DVD-JEPA at batch 256: encoder 512-256-128-32, EMA target, predictor 32-64-32, hinge, Adam."""
    online, target, predict = mlp(512, 256, 128, 32), mlp(512, 256, 128, 32).requires_grad_(False), mlp(32, 64, 32)
    parameters = filled(torch, online, predict)
    target.load_state_dict(online.state_dict())
    averaged = list(zip(target.parameters(), online.parameters()))
    batches = [blobs(torch, seed) for seed in range(16)]

    def loss(i):
        now, following = batches[i % len(batches)]
        z = online(now)
        with torch.no_grad():
            goal = target(following)
        return (predict(z) - goal).square().mean() + torch.relu(1 - torch.sqrt(z.var(dim=0) + 1e-4)).mean()

    def average():
        # A plain loop: foreach costs 5 to 10 % more at this size on 1.13.
        with torch.no_grad():
            for slow, fast in averaged:
                slow.mul_(0.99).add_(fast, alpha=0.01)

    return parameters, loss, average, adam(torch)


def blobs(torch, seed, batch=256):
    """Two overlapping pairs of 16 x 16 frames of a moving blob, [batch, 512] each, as in ../Rows/Steps.cs: real inputs, so that no value
    is denormal and no loss converges to nothing."""
    drawn = series(torch, [batch, 4], seed + 1)
    start, velocity = 8 + 5 * drawn[:, None, :2], torch.where(drawn[:, None, 2:] < 0, -0.75, 0.75)
    place = start + velocity * torch.arange(3.0)[None, :, None]                          # [batch, frame, (y, x)]
    near = torch.exp(-(torch.arange(16.0) - place[..., None]).square() / 4.5)            # [batch, frame, (y, x), 16]
    frames = (near[:, :, 0, :, None] * near[:, :, 1, None, :]).reshape(batch, 3, 256)
    return frames[:, :2].reshape(batch, 512), frames[:, 1:].reshape(batch, 512)


def ball(torch, regulariser=None):
    """The bouncing ball at batch 256: both windows are encoded with gradients; squared distance summed over the 16 dimensions."""
    relu = torch.nn.ReLU
    encoder, predict = mlp(4, 32, 16, activation=relu), mlp(17, 32, 16, activation=relu)
    parameters = filled(torch, encoder, predict)
    now, following, action = series(torch, [256, 4], 1), series(torch, [256, 4], 2), series(torch, [256, 1], 3)

    def loss(i):
        z = encoder(now)
        error = (predict(torch.cat((z, action), 1)) - encoder(following)).square().sum(1).mean()
        return error + regulariser(z) if regulariser else error

    return parameters, loss, nothing, adam(torch)


def ball_sigreg(torch):
    """With its regulariser: 256 directions, 17 knots, Simpson's weights, no window, not multiplied by the batch."""
    knots = torch.linspace(0, 3, 17)
    weights = torch.tensor([1.0] + [4.0, 2.0] * 7 + [4.0, 1.0]) / 16                     # h/3 with h = 3/16
    return ball(torch, lambda z: sigreg(torch, z[None], 256, knots, weights))


def sigreg(torch, z, directions, knots, weights):
    """Of z [slices, batch, dim] (Balestriero & LeCun 2025): distance of the projections' characteristic functions from the normal one."""
    a = torch.randn(z.shape[-1], directions)
    u = (z @ (a / a.norm(dim=0)))[..., None] * knots                                     # [slices, batch, directions, knots]
    error = (u.cos().mean(1) - torch.exp(-knots.square() / 2)).square() + u.sin().mean(1).square()
    return (error @ weights).mean()


def sigreg_row(torch, size):
    """Trapezoid weights times the window, multiplied by the batch; directions are drawn anew in every call, so results agree loosely."""
    shape, directions = {"large": ((4, 128, 192), 1024), "small": ((1, 256, 16), 256)}[size]
    z = series(torch, shape, 1)
    knots = torch.linspace(0, 3, 17)
    weights = torch.full((17,), 2 * 3 / 16)
    weights[0] = weights[-1] = 3 / 16
    weights = weights * torch.exp(-knots.square() / 2)
    run, results = with_gradients(torch, lambda z: shape[1] * sigreg(torch, z, directions, knots, weights), torch.ones(()), [z])
    return {"": run}, lambda: {"~loss": (found := results())["y"], "~gradient": found["d0"].norm()}


def module(torch, name):
    """The model and inputs of an inference row: also what is exported for ONNX Runtime."""
    made = {"infer.vit224_b1": lambda: (VisionTransformer(224, 14, 3), [(1, 3, 224, 224)]),
            "infer.predictor_b96": lambda: (AdaLnPredictor(), [(96, 3, 192)] * 2),
            "infer.predictor_b1": lambda: (AdaLnPredictor(), [(1, 3, 192)] * 2),
            "infer.mlp_b1": lambda: (mlp(512, 256, 128, 32), [(1, 512)])}.get(name)
    if made is None:
        return None
    model, shapes = made()
    filled(torch, model)
    return model.eval().requires_grad_(False), shapes


def answer(torch, name):
    made = module(torch, name)
    if made is None:
        return None
    model, shapes = made
    inputs = [series(torch, shape, seed) for seed, shape in enumerate(shapes, 1)]
    if name == "infer.vit224_b1":                            # drawn channels last, as our images lie
        inputs = [series(torch, (1, 224, 224, 3), 1).permute(0, 3, 1, 2).contiguous()]
    runs = {"eager": no_grad(torch, lambda: model(*inputs))}
    with torch.no_grad():
        traced = torch.jit.freeze(torch.jit.trace(model, tuple(inputs)))
    runs["traced"] = no_grad(torch, lambda: traced(*inputs))
    return runs, lambda: {"y": model(*inputs)}
