using TinyJepa.Losses;
using TinyJepa.Nn;

namespace TinyJepa.Models;

/// <summary>
/// LeWorldModel (arXiv 2603.19312): a vision transformer encodes images as latents, a causal transformer predicts the next latent from
/// the last few and the actions between them. Both are trained together on the prediction error; <see cref="Losses.SigReg"/> (Balestriero &amp; LeCun
/// 2025, arXiv 2511.08544) keeps the latents from collapsing. There is no stop-gradient, no EMA teacher and no decoder.
/// </summary>
/// <remarks>
/// Parameters have the names and shapes of the released checkpoints: <c>Safetensors.Load(path, p)</c> needs no mapping. Those were trained on
/// images in [0, 1], normalised with ImageNet's mean (0.485, 0.456, 0.406) and standard deviation (0.229, 0.224, 0.225), and on actions standardised
/// per element, missing ones zero.
/// </remarks>
/// <example><code>
/// var p = new Parameters(seed: 1);
/// var model = new LeWorldModel(p, new LeWorldModelConfig(), new Rng(1));
/// var adam = new Adam(p) { LearningRate = 5e-5f, WeightDecay = 1e-3f, MaxGradientNorm = 1f };
///
/// using var tape = Tape.Begin();
/// var loss = model.Loss(model.Encode(images), actions);     // [batch, 4, 224, 224, 3] and [batch, 3, 10]
/// tape.Backward(loss.Total);
/// adam.Step();
/// </code></example>
public sealed class LeWorldModel
{
    readonly Layer _actions;
    readonly Projector _latents, _predictions;

    /// <summary>Creates <c>encoder</c>, <c>predictor</c>, <c>action_encoder</c>, <c>projector</c> and <c>pred_proj</c>.</summary>
    /// <param name="p">The parameters at the model's path.</param>
    /// <param name="config">Its sizes and weights.</param>
    /// <param name="rng">
    /// The random stream of the dropout masks; SIGReg's directions have their own stream, derived from it. To resume a run, restore its
    /// <see cref="Rng.Position"/> and <see cref="SigReg.Step"/>.
    /// </param>
    /// <param name="actions">Creates another action encoder, from actions to embeddings of the latents' size, under <c>action_encoder</c>.</param>
    /// <exception cref="ArgumentException">The configuration is not valid.</exception>
    public LeWorldModel(Parameters p, LeWorldModelConfig config, Rng rng, Func<Parameters, Layer>? actions = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rng);
        config.Check();
        Config = config;
        var dim = config.Predictor.Dim;
        Encoder = new Vit(p["encoder"], config.Encoder);
        Predictor = new Predictor(p["predictor"], config.Predictor, rng);
        _actions = actions?.Invoke(p["action_encoder"]) ?? new ActionEncoder(p["action_encoder"], config.ActionDim, config.ActionDim, 4 * dim, dim);
        _latents = new Projector(p["projector"], config.Encoder.Dim, config.ProjectorHidden, dim);
        _predictions = new Projector(p["pred_proj"], dim, config.ProjectorHidden, dim);
        SigReg = new SigReg(rng["sigreg"]) { Directions = config.Directions };
    }

    /// <summary>Sizes and weights.</summary>
    public LeWorldModelConfig Config { get; }

    /// <summary>Images to class tokens; a projector maps these to latents.</summary>
    public Vit Encoder { get; }

    /// <summary>Latents to the next latents, before the prediction projector.</summary>
    public Predictor Predictor { get; }

    /// <summary>The regulariser that keeps the latents from collapsing.</summary>
    public SigReg SigReg { get; }

    /// <summary>
    /// Estimates the running averages of both projectors anew, see <see cref="BatchNorm.Recalibrate"/>. Do so before evaluating a model whose learning
    /// rate has not decayed yet.
    /// </summary>
    /// <param name="forward">Encodes and predicts one or more batches on tapes.</param>
    /// <exception cref="InvalidOperationException">No batch passed through one of the projectors while a tape was open.</exception>
    public void Recalibrate(Action forward) => _latents.Recalibrate(() => _predictions.Recalibrate(forward));

    /// <summary>Encodes images.</summary>
    /// <param name="images">[batch, time, size, size, channels], or without the axis of time.</param>
    /// <returns>[batch, time, dim], or without the axis of time.</returns>
    /// <exception cref="ArgumentException">The images have other sizes.</exception>
    public Tensor Encode(Tensor images)
    {
        if (images.Shape.Rank != 5) return _latents.Forward(Encoder.Forward(images));
        var (batch, time) = (images.Shape[0], images.Shape[1]);
        var flat = images.Reshape([batch * time, images.Shape[2], images.Shape[3], images.Shape[4]]);
        return _latents.Forward(Encoder.Forward(flat)).Reshape([batch, time, Config.Predictor.Dim]);
    }

    /// <summary>
    /// Encodes sequences in which images repeat, each distinct image once: up to rounding, values and gradients are those of
    /// <see cref="Encode(Tensor)"/> of the full sequences.
    /// </summary>
    /// <param name="images">The distinct images, [images, size, size, channels].</param>
    /// <param name="picked">The index of the image at every position of [batch, time]. Do not change it before the backward pass.</param>
    /// <param name="time">Images per sequence.</param>
    /// <returns>[batch, time, dim]</returns>
    /// <exception cref="ArgumentException">The images have other sizes, or the indices do not fill whole sequences.</exception>
    public Tensor Encode(Tensor images, ReadOnlyMemory<int> picked, int time)
    {
        if (time < 1 || picked.Length % time != 0) throw new ArgumentException($"{picked.Length} indices do not fill sequences of {time}.");
        // Gathered before the projector: batch normalisation must count an image as often as it occurs.
        return _latents.Forward(Encoder.Forward(images).Gather(picked)).Reshape([picked.Length / time, time, Config.Predictor.Dim]);
    }

    /// <summary>Predicts the next latent at every position.</summary>
    /// <param name="z">Latents, oldest first, [batch, time, dim]; at most the predictor's history.</param>
    /// <param name="actions">The action after each of them, [batch, time, actionDim].</param>
    /// <returns>[batch, time, dim]</returns>
    /// <exception cref="ArgumentException">The shapes do not match, or the sequence is longer than the history.</exception>
    public Tensor Predict(Tensor z, Tensor actions)
    {
        Check(z, actions, z.Shape.Rank == 3 ? z.Shape[1] : 0);
        return PredictNext(z, _actions.Forward(actions));
    }

    /// <summary>
    /// Predicts autoregressively: appends the last prediction to the latents and repeats until the actions end. The predictor sees at most its
    /// history, and less at the beginning if fewer latents are known.
    /// </summary>
    /// <param name="z">Known latents, oldest first, [batch, known, dim].</param>
    /// <param name="actions">The action after each of them, and after each predicted one but the last, [batch, known − 1 + steps, actionDim].</param>
    /// <returns>The predicted latents, [batch, steps, dim].</returns>
    /// <exception cref="ArgumentException">The shapes do not match, or there are fewer actions than latents.</exception>
    public Tensor Rollout(Tensor z, Tensor actions)
    {
        var known = z.Shape.Rank == 3 ? z.Shape[1] : 0;
        Check(z, actions, known > 0 && actions.Shape.Rank == 3 ? Math.Max(known, actions.Shape[1]) : known);
        var embedded = _actions.Forward(actions);
        for (var now = known; now <= actions.Shape[1]; now++)
        {
            var seen = Math.Min(now, Config.Predictor.History);
            var next = PredictNext(z.Slice(1, now - seen, seen), embedded.Slice(1, now - seen, seen));
            z = Tensor.Concat(1, z, next.Slice(1, seen - 1, 1));
        }

        return z.Slice(1, known, z.Shape[1] - known);
    }

    /// <summary>
    /// The mean squared error of the predictions plus λ times SIGReg, which treats every time step across the batch separately. Gradients flow into
    /// predictions and targets.
    /// </summary>
    /// <param name="z">Latents of the sequences, [batch, time, dim]: at least two time steps, at most the predictor's history plus one.</param>
    /// <param name="actions">The action after each latent but the last, [batch, time − 1, actionDim]; one more is ignored.</param>
    /// <returns>The sum and its two parts.</returns>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public LeWorldModelLoss Loss(Tensor z, Tensor actions)
    {
        var steps = z.Shape.Rank == 3 ? z.Shape[1] - 1 : 0;
        if (actions.Shape.Rank == 3 && actions.Shape[1] == steps + 1) actions = actions.Slice(1, 0, steps);
        Check(z, actions, steps);
        var prediction = Mse.Of(PredictNext(z.Slice(1, 0, steps), _actions.Forward(actions)), z.Slice(1, 1, steps));
        var regulariser = SigReg.Of(z.Permute(1, 0, 2));
        return new LeWorldModelLoss(prediction + regulariser * Config.Lambda, prediction, regulariser);
    }

    Tensor PredictNext(Tensor z, Tensor embedded) => _predictions.Forward(Predictor.Forward(z, embedded));

    /// <summary>Checks that latents have the model's size and that there is an action for every step.</summary>
    void Check(Tensor z, Tensor actions, int steps)
    {
        if (z.Shape.Rank != 3 || z.Shape[2] != Config.Predictor.Dim)
            throw new ArgumentException($"This model's latents are [batch, time, {Config.Predictor.Dim}], not {z.Shape}.");
        if (steps < 1) throw new ArgumentException($"There is no step to predict: the latents are {z.Shape}, the actions {actions.Shape}.");
        if (actions.Shape.Rank != 3 || actions.Shape[0] != z.Shape[0] || actions.Shape[1] != steps)
            throw new ArgumentException($"The actions {actions.Shape} do not match the latents {z.Shape}: they must be [{z.Shape[0]}, {steps}, actionDim].");
    }
}
