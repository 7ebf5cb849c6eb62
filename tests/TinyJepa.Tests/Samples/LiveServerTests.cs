using System.Net;
using System.Net.NetworkInformation;
using System.Net.WebSockets;
using TinyJepa.Samples;
using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

/// <summary>Who may talk to the live server, and what becomes of those who leave.</summary>
public sealed class LiveServerTests : IAsyncLifetime
{
    readonly LiveTrainer<LiveModel> _trainer = TinyDvd.Trainer();
    LiveServer _server = null!;

    public async Task InitializeAsync() => _server = await TinyDvd.ServeAsync(_trainer);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _trainer.Dispose();
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/app.js", "text/javascript")]
    [InlineData("/style.css", "text/css")]
    public async Task Page_IsServed_AndMayLoadNothingFromElsewhere(string path, string type)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(_server.Address, path));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/../Program.cs", HttpStatusCode.NotFound)]
    [InlineData("POST", "/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/live", HttpStatusCode.BadRequest)]
    public async Task OtherRequests_AreRefused(string method, string path, HttpStatusCode expected)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_server.Address, path));
        using var answer = await http.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("0.0.0.0")]
    public async Task ForeignHost_IsRefused(string host)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, _server.Address);
        request.Headers.Host = host;
        using var answer = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://localhost:1")]
    [InlineData("null")]
    [InlineData(null)]
    public async Task ForeignOrigin_IsRefused(string? origin)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(LiveClient.Live(_server), CancellationToken.None));

        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
        Assert.Equal(0, _server.Tabs);
    }

    [Fact]
    public void Server_ListensOnLoopbackOnly()
    {
        var listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(l => l.Port == _server.Address.Port);

        Assert.All(listeners, l => Assert.True(IPAddress.IsLoopback(l.Address), l.ToString()));
        Assert.Equal("127.0.0.1", _server.Address.Host);
    }

    [Fact]
    public async Task Tabs_EndPromptly_WhetherClosedOrTornOff()
    {
        var polite = await LiveClient.OpenAsync(_server);
        var torn = await LiveClient.OpenAsync(_server);
        await using var staying = await LiveClient.OpenAsync(_server);
        await polite.FrameAsync();
        await torn.FrameAsync();
        Assert.Equal(3, _server.Tabs);

        await polite.DisposeAsync();
        torn.Abort();

        await UntilAsync(() => _server.Tabs == 1);
        await staying.FrameAsync();
        await torn.DisposeAsync();
    }

    [Fact]
    public async Task Tabs_BeyondTheLimit_AreTurnedAway_AndFreedPlacesAreTakenAgain()
    {
        var clients = new List<LiveClient>();
        for (var i = 0; i < 32; i++) clients.Add(await LiveClient.OpenAsync(_server));

        await Assert.ThrowsAsync<WebSocketException>(() => LiveClient.OpenAsync(_server));

        foreach (var client in clients) client.Abort();
        await UntilAsync(() => _server.Tabs == 0);
        await using var late = await LiveClient.OpenAsync(_server);
        await late.FrameAsync();
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task Stop_TellsTheTabs()
    {
        await using var client = await LiveClient.OpenAsync(_server);
        await client.FrameAsync();

        var status = client.CloseStatusAsync();
        await _server.DisposeAsync();

        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await status);
        Assert.Equal(0, _server.Tabs);
    }

    [Fact]
    public async Task TakenPort_GivesOneSentence_AndAnExitCode()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        var code = await LiveServer.PlayAsync(() => TinyDvd.ServeAsync(_trainer, _server.Address.Port), output, errors);

        Assert.NotEqual(0, code);
        Assert.Equal("", output.ToString());
        Assert.Contains($"Port {_server.Address.Port} is taken", errors.ToString(), StringComparison.Ordinal);
        Assert.Single(errors.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public void TakenPort_IsNoticedBeforehand()
    {
        var fault = Assert.Throws<PortInUseException>(() => LiveServer.ThrowIfTaken(_server.Address.Port));

        Assert.Contains("--port 0", fault.Message, StringComparison.Ordinal);
        LiveServer.ThrowIfTaken(0);
    }

    [Fact]
    public async Task Play_SaysWhereThePageIs_AndEndsWhenAsked()
    {
        using var output = new StringWriter();
        using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        var code = await LiveServer.PlayAsync(() => TinyDvd.ServeAsync(_trainer, cancellation: end.Token), output, TextWriter.Null, end.Token);

        Assert.Equal(0, code);
        Assert.Contains("http://127.0.0.1:", output.ToString(), StringComparison.Ordinal);
    }

    internal static async Task UntilAsync(Func<bool> condition)
    {
        var end = DateTime.UtcNow.AddSeconds(10);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, "It did not happen within ten seconds.");
            await Task.Delay(20);
        }
    }
}
