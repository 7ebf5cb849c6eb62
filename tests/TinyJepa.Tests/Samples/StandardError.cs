namespace TinyJepa.Tests.Samples;

/// <summary>What a command line that runs in this process says to its standard error.</summary>
static class StandardError
{
    /// <summary>Runs a command with its standard error caught; whatever it did to the number of threads is undone.</summary>
    internal static async Task<(int Code, string Error)> OfAsync(Func<Task<int>> command)
    {
        var (old, threads) = (Console.Error, TinyJepa.Threads.Limit);
        using var error = new StringWriter();
        Console.SetError(error);
        try
        {
            return (await command(), error.ToString());
        }
        finally
        {
            Console.SetError(old);
            TinyJepa.Threads.Limit = threads;
        }
    }
}
