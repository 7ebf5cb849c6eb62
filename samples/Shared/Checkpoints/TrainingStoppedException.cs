namespace TinyJepa.Samples;

/// <summary>A training was asked to stop, and has been kept between two steps.</summary>
/// <param name="message">After which step, and where it is kept.</param>
/// <param name="token">Who asked.</param>
public sealed class TrainingStoppedException(string message, CancellationToken token) : OperationCanceledException(message, token);
