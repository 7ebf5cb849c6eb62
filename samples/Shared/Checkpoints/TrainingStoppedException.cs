namespace TinyJepa.Samples;

/// <summary>A training was cancelled between two steps, and its checkpoint written.</summary>
/// <param name="message">After which step, and where the checkpoint is.</param>
/// <param name="token">The cancelled token.</param>
public sealed class TrainingStoppedException(string message, CancellationToken token) : OperationCanceledException(message, token);
