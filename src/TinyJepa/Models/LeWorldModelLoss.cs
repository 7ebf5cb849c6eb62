namespace TinyJepa.Models;

/// <summary>The loss of a <see cref="LeWorldModel"/> and its two terms; all three are scalars.</summary>
/// <param name="Total">Prediction + λ·Regulariser: the loss to minimise.</param>
/// <param name="Prediction">The mean squared error of the predicted latents.</param>
/// <param name="Regulariser">SIGReg of the latents: 1 to 3 in a healthy run, 0.4 times the batch in a collapsed one.</param>
public readonly record struct LeWorldModelLoss(Tensor Total, Tensor Prediction, Tensor Regulariser);
