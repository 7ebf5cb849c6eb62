using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The page, which travels inside the assembly.</summary>
internal static class PageFiles
{
    const string Folder = "TinyJepa.Samples.DvdLogo.Page.";

    static readonly FrozenDictionary<string, (string Type, byte[] Bytes)> s_files = Load();

    /// <summary>Answers with the file at the request's path, or with 404.</summary>
    public static async Task SendAsync(HttpContext context)
    {
        var response = context.Response;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        if (!s_files.TryGetValue(context.Request.Path.Value is "/" or null ? "/index.html" : context.Request.Path.Value, out var file))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        response.ContentType = file.Type;
        response.ContentLength = file.Bytes.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        if (HttpMethods.IsGet(context.Request.Method)) await response.Body.WriteAsync(file.Bytes, context.RequestAborted).ConfigureAwait(false);
    }

    static FrozenDictionary<string, (string Type, byte[] Bytes)> Load()
    {
        var assembly = typeof(PageFiles).Assembly;
        var files = new Dictionary<string, (string, byte[])>();
        foreach (var name in assembly.GetManifestResourceNames())
        {
            if (!name.StartsWith(Folder, StringComparison.Ordinal)) continue;
            var type = Path.GetExtension(name) switch
            {
                ".html" => "text/html; charset=utf-8",
                ".js" => "text/javascript; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                var other => throw new InvalidDataException($"The page has a file of a kind it does not know, {other}."),
            };

            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            files.Add("/" + name[Folder.Length..], (type, bytes));
        }

        return files.ToFrozenDictionary();
    }
}
