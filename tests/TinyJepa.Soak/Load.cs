namespace TinyJepa.Soak;

/// <summary>Some clients that ask a server at once, each the same question over its own connection.</summary>
/// <param name="port">The server's.</param>
/// <param name="request">What they post.</param>
/// <param name="answer">What must come.</param>
/// <param name="clients">How many.</param>
sealed class Load(int port, byte[] request, byte[] answer, int clients)
{
    long _asked, _wrong;

    /// <summary>Questions so far.</summary>
    public long Asked => Volatile.Read(ref _asked);

    /// <summary>Answers that were not right to the last byte, connections that broke included.</summary>
    public long Wrong => Volatile.Read(ref _wrong);

    /// <summary>Asks until it is enough.</summary>
    /// <param name="more">Whether to ask for the so-many-th time, from 1.</param>
    public void Run(Func<long, bool> more)
    {
        var threads = new Thread[clients];
        for (var i = 0; i < clients; i++)
        {
            threads[i] = new Thread(() =>
            {
                var client = new Client(port, request, answer);
                try
                {
                    while (more(Interlocked.Increment(ref _asked)))
                    {
                        if (client.Ask()) continue;
                        Interlocked.Increment(ref _wrong);
                        client.Dispose();
                        client = new Client(port, request, answer);
                    }

                    Interlocked.Decrement(ref _asked);
                }
                finally
                {
                    client.Dispose();
                }
            });
            threads[i].Start();
        }

        foreach (var thread in threads) thread.Join();
    }
}
