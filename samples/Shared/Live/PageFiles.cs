using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace TinyJepa.Samples;

/// <summary>A sample's live page, which travels inside its assembly, over the files that all pages share.</summary>
public sealed class PageFiles
{
    readonly FrozenDictionary<string, (string Type, byte[] Bytes)> _files;

    /// <summary>Reads the resources of the assembly's folder <c>Page</c>, and those of this one's.</summary>
    /// <param name="assembly">The sample's.</param>
    /// <exception cref="InvalidDataException">There is a file of an unknown kind.</exception>
    public PageFiles(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var files = new Dictionary<string, (string, byte[])>();
        Load(typeof(PageFiles).Assembly, files);
        Load(assembly, files);
        _files = files.ToFrozenDictionary();
    }

    /// <summary>Answers with the file at the request's path, or with 404.</summary>
    internal async Task SendAsync(HttpContext context)
    {
        var response = context.Response;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        if (!_files.TryGetValue(context.Request.Path.Value is "/" or null ? "/index.html" : context.Request.Path.Value, out var file))
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

    static void Load(Assembly assembly, Dictionary<string, (string, byte[])> files)
    {
        foreach (var name in assembly.GetManifestResourceNames())
        {
            if (name.IndexOf(".Page.", StringComparison.Ordinal) is var at && at < 0) continue;
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
            files.Add("/" + name[(at + ".Page.".Length)..], (type, bytes));
        }
    }
}
