using Microsoft.AspNetCore.Http;

namespace TinyJepa.Samples;

/// <summary>Keeps other web sites away from a server that listens on this machine only.</summary>
/// <remarks>
/// A browser lets any site open a socket to 127.0.0.1, and lets a site whose name suddenly resolves to 127.0.0.1 (DNS rebinding) read
/// pages from it. Both betray themselves in the headers that a page cannot set: Origin and Host.
/// </remarks>
internal static class LocalOnly
{
    /// <summary>Whether the request was addressed to this machine by one of its own names.</summary>
    public static bool IsLocal(HostString host) => host.Host is "127.0.0.1" or "localhost";

    /// <summary>Whether the page that opens the socket came from this very server. A socket without an origin comes from no page.</summary>
    public static bool IsOwnPage(HttpRequest request) =>
        request.Headers.Origin is [{ } origin] && string.Equals(origin, $"http://{request.Host}", StringComparison.OrdinalIgnoreCase);
}
