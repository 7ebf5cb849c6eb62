using System.Globalization;
using System.Text;

namespace TinyJepa.IO;

/// <summary>Names from files as messages show them: shortened, and without control characters that would reach a terminal.</summary>
static class Names
{
    const int Longest = 80, Most = 5;

    internal static string Shown(string name)
    {
        var text = new StringBuilder(name.Length > Longest ? name[..Longest] : name);
        for (var i = text.Length - 1; i >= 0; i--)
            if (char.IsControl(text[i]) || char.IsSurrogate(text[i]) && name.Length > Longest) text[i] = '?';
        return name.Length > Longest ? text.Append(CultureInfo.InvariantCulture, $"… ({name.Length} characters)").ToString() : text.ToString();
    }

    /// <summary><c>missing 'a', 'b' and 3 more</c>, or nothing.</summary>
    internal static string List(string what, IReadOnlyCollection<string> names) => names.Count == 0 ? ""
        : $"{what} {string.Join(", ", names.Take(Most).Select(name => $"'{Shown(name)}'"))}{(names.Count > Most ? $" and {names.Count - Most} more" : "")}";
}
