using System.Net.WebSockets;

namespace TinyJepa.Samples;

/// <summary>A tab whose page shows a model that may be retrained meanwhile. It knows the commands <c>speed</c>, <c>train</c> and <c>stop</c>.</summary>
public abstract class ModelSession<TPage> : LiveSession where TPage : PageModel
{
    /// <summary>The place of the first kind of message that only this sample has.</summary>
    protected const int FirstPlace = Model + 1;

    const int State = 1, Model = 2;

    readonly int _training;
    readonly (int Slowest, int Fastest) _fps;
    Published<TPage>? _posted;
    LiveProgress? _reported;

    /// <param name="socket">The page's; it stays the caller's.</param>
    /// <param name="trainer">The model that all tabs share.</param>
    /// <param name="places">How many kinds of messages only this sample has. A training's progress and then the frame follow them.</param>
    /// <param name="fps">The speed at the beginning.</param>
    /// <param name="slowest">The lowest speed a page may set, in frames per second.</param>
    /// <param name="fastest">The highest.</param>
    protected ModelSession(WebSocket socket, LiveTrainer<TPage> trainer, int places, int fps, int slowest, int fastest)
        : base(socket, FirstPlace + places + 1, fps) =>
        (Trainer, _training, _fps) = (trainer, FirstPlace + places, (slowest, fastest));

    /// <summary>The model that all tabs share.</summary>
    protected LiveTrainer<TPage> Trainer { get; }

    /// <summary>Whether no model has been posted yet.</summary>
    protected bool IsFirstModel => _posted is null;

    /// <summary>The state of this tab: a JSON message.</summary>
    protected abstract byte[] StateMessage();

    /// <summary>The figures of a new model: a JSON message.</summary>
    protected abstract byte[] ModelMessage(Published<TPage> current);

    /// <summary>Posts what else a page shows of a new model.</summary>
    protected abstract void PostModel(Published<TPage> current);

    /// <summary>Carries out a command that only this sample has, inside <see cref="LiveSession.Gate"/>.</summary>
    /// <returns>Null, or one sentence on why it is refused.</returns>
    protected abstract string? ObeyOwn(LiveCommand command);

    /// <summary>The error for a command that does not exist.</summary>
    protected static string NoSuchCommand => "There is no such command.";

    /// <inheritdoc/>
    protected sealed override void PostState() => PostText(State, StateMessage());

    /// <inheritdoc/>
    protected sealed override void PostNews()
    {
        var (current, progress) = (Trainer.Current, Trainer.Progress);
        if (current != _posted)
        {
            PostText(Model, ModelMessage(current));
            PostModel(current);
        }

        if (progress != _reported) PostText(_training, LiveMessage.Training(progress));
        (_posted, _reported) = (current, progress);
    }

    /// <inheritdoc/>
    protected sealed override string? Obey(LiveCommand command)
    {
        switch (command.Verb)
        {
            case "train": return Trainer.TryStart() ? null : "A training is running already; every tab shows it.";
            case "stop": return Trainer.TryStop() ? null : "No training is running.";
            case "speed": Fps = command.Number("fps", _fps.Slowest, _fps.Fastest); break;
            default:
                if (ObeyOwn(command) is { } refusal) return refusal;
                break;
        }

        PostState();
        if (!Paused) ShowNow();
        return null;
    }
}
