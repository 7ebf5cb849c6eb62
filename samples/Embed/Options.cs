using System.Globalization;

namespace TinyJepa.Samples.Embed;

/// <summary>A command line that cannot be understood.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>What follows a command: names that begin with two dashes, each with its value.</summary>
internal sealed class Options
{
    readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    readonly string _command;

    /// <param name="command">Whose options they are.</param>
    /// <param name="words">What was typed after it.</param>
    /// <param name="known">The names it heeds.</param>
    /// <exception cref="UsageException">A word is none of them, comes twice or lacks its value.</exception>
    public Options(string command, ReadOnlySpan<string> words, params ReadOnlySpan<string> known)
    {
        _command = command;
        for (var i = 0; i < words.Length; i += 2)
        {
            if (!known.Contains(words[i])) throw new UsageException($"'{words[i]}' means nothing to '{command}'.");
            if (i + 1 == words.Length) throw new UsageException($"{words[i]} wants a value.");
            if (!_values.TryAdd(words[i], words[i + 1])) throw new UsageException($"{words[i]} is given twice.");
        }
    }

    /// <exception cref="UsageException">It is not given.</exception>
    public string Text(string name) => _values.GetValueOrDefault(name) ?? throw new UsageException($"'{_command}' wants {name}.");

    /// <exception cref="UsageException">It is no whole number in the range.</exception>
    public int Number(string name, int fallback, int least, int most)
    {
        if (_values.GetValueOrDefault(name) is not { } text) return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
            : throw new UsageException($"{name} must be {least} to {most}, not '{text}'.");
    }
}
