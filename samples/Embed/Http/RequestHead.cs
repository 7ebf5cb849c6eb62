using System.Globalization;
using System.Text;

namespace TinyJepa.Samples.Embed;

/// <summary>A request that cannot be answered as it is: the status and the sentence to answer it with.</summary>
internal sealed class RefusedException(int status, string sentence) : Exception(sentence)
{
    public int Status { get; } = status;
}

/// <summary>The lines in front of a request's body, as far as they matter here (RFC 9112). What is unusual is refused, not guessed at.</summary>
internal readonly record struct RequestHead(string Method, string Path, int BodyLength, bool KeepAlive, bool ExpectsContinue)
{
    /// <param name="head">The request up to and without the empty line; lines end in CR LF.</param>
    /// <exception cref="RefusedException">It is no request that this server takes.</exception>
    public static RequestHead Parse(ReadOnlySpan<byte> head)
    {
        if (head.ContainsAnyExceptInRange((byte)' ', (byte)'~') && HasControls(head)) throw Malformed("a character that is not printable ASCII");
        var lines = Encoding.ASCII.GetString(head).Split("\r\n");
        if (lines[0].Split(' ') is not [var method, ['/', ..] target, var version] || version is not ("HTTP/1.1" or "HTTP/1.0")) throw Malformed("a first line other than METHOD /path HTTP/1.1");

        string? length = null, host = null;
        bool keepAlive = version == "HTTP/1.1", expects = false;
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || line.AsSpan(0, colon).ContainsAny(' ', '\t')) throw Malformed("a header line other than Name: value");
            var value = line[(colon + 1)..].Trim(' ', '\t');
            switch (line[..colon].ToUpperInvariant())
            {
                case "CONTENT-LENGTH" when length is not null: throw Malformed("two lengths");
                case "CONTENT-LENGTH": length = value; break;
                case "TRANSFER-ENCODING": throw new RefusedException(411, "The request's length must stand before it, in Content-Length; chunks are not taken.");
                case "HOST" when host is not null: throw Malformed("two hosts");
                case "HOST": host = value; break;
                case "EXPECT": expects = value.Equals("100-continue", StringComparison.OrdinalIgnoreCase); break;
                case "CONNECTION": keepAlive = !value.Equals("close", StringComparison.OrdinalIgnoreCase) && (keepAlive || value.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)); break;
            }
        }

        // A page of another site that has its name lead here would still send its own name: it is not answered.
        if (!IsThisMachine(host ?? "localhost")) throw new RefusedException(421, $"This server answers for this machine only, not for '{host}'.");
        return new RequestHead(method, target.Split('?')[0], BodyLengthOf(method, length), keepAlive, expects);
    }

    static int BodyLengthOf(string method, string? length)
    {
        if (length is null) return method == "POST" ? throw new RefusedException(411, "The request's length must stand before it, in Content-Length.") : 0;
        if (length.Length == 0 || length.AsSpan().ContainsAnyExceptInRange('0', '9')) throw Malformed("a length that is no number");
        return int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes <= Server.LongestBody ? bytes
            : throw new RefusedException(413, $"The request is longer than {Server.LongestBody} bytes.");
    }

    static bool IsThisMachine(string host)
    {
        var colon = host.LastIndexOf(':');
        var name = colon > host.LastIndexOf(']') ? host[..colon] : host;
        return name.ToUpperInvariant() is "LOCALHOST" or "127.0.0.1" or "[::1]";
    }

    static bool HasControls(ReadOnlySpan<byte> head)
    {
        for (var i = 0; i < head.Length; i++)
        {
            var isLineEnd = head[i] == '\r' && i + 1 < head.Length && head[i + 1] == '\n';
            if (isLineEnd) i++;
            else if (head[i] is not ((byte)'\t' or (>= (byte)' ' and <= (byte)'~'))) return true;
        }

        return false;
    }

    static RefusedException Malformed(string what) => new(400, $"The request's head holds {what}.");
}
