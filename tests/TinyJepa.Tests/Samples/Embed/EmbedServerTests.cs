using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using TinyJepa.Samples.Embed;

namespace TinyJepa.Tests.Samples.Embed;

/// <summary>The server, asked by .NET's own HTTP client and, where that is too well-behaved, by hand.</summary>
public sealed class EmbedServerTests : IAsyncLifetime, IDisposable
{
    readonly WorldModel _model = WorldModel.Open(EmbedFiles.Model);
    readonly CancellationTokenSource _stop = new();
    readonly HttpClient _client = new();
    Server _server = null!;
    Task _running = null!;

    public Task InitializeAsync()
    {
        _server = Server.Start(_model, "ball", port: 0);
        _running = _server.RunAsync(_stop.Token);
        _client.BaseAddress = new Uri(_server.Address);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Health_SaysWhatIsServed()
    {
        using var json = JsonDocument.Parse(await _client.GetStringAsync(new Uri("/health", UriKind.Relative)));
        Assert.Equal(("ball", 1888, 8), (json.RootElement.GetProperty("model").GetString(), json.RootElement.GetProperty("parameters").GetInt32(), json.RootElement.GetProperty("window").GetInt32()));
    }

    [Fact]
    public async Task Predict_AnswersTheLibrarysBits()
    {
        var frames = EmbedFiles.Frames(EmbedFiles.KnockedClip());
        var (status, text) = await PostAsync(Encoding.UTF8.GetString(Wire.Question(frames)));
        Assert.Equal(HttpStatusCode.OK, status);
        using var json = JsonDocument.Parse(text);
        float[] Floats(string name) => [.. json.RootElement.GetProperty(name).EnumerateArray().Select(number => number.GetSingle())];
        var prediction = _model.Predict(frames);
        Assert.Equal(prediction.Latent, Floats("latent"));
        Assert.Equal(prediction.Expected, Floats("expected"));
        Assert.Equal(prediction.Surprise, Floats("surprise"));
        Assert.Equal(prediction.Peak!.Frame, json.RootElement.GetProperty("peak").GetProperty("frame").GetInt32());
    }

    [Fact]
    public async Task Predict_TakesFramesOfOneNumberWithoutBrackets()
    {
        var bare = await PostAsync("{\"frames\": [1, 1.1, 1.2, 1.3, 1.2, 1.1, 1, 0.9]}");
        Assert.Equal(HttpStatusCode.OK, bare.Status);
        Assert.Equal(await PostAsync("{\"frames\":[[1],[1.1],[1.2],[1.3],[1.2],[1.1],[1],[0.9]]}"), bare);
    }

    [Fact]
    public async Task Parallel_RequestsEqualSerialOnes()
    {
        var clip = EmbedFiles.KnockedClip();
        string[] requests = [.. Enumerable.Range(16, 50).Select(n => Encoding.UTF8.GetString(Wire.Question(EmbedFiles.Frames(clip[..n]))))];
        var serial = new List<string>();
        foreach (var request in requests) serial.Add((await PostAsync(request)).Text);
        var parallel = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => PostAsync(requests[i % 50])));
        for (var i = 0; i < parallel.Length; i++) Assert.Equal((HttpStatusCode.OK, serial[i % 50]), parallel[i]);
    }

    [Theory]
    [InlineData("", "broken in line 1 at byte 1")]
    [InlineData("[1]", "the request is no object")]
    [InlineData("{}", "'frames' is missing")]
    [InlineData("{\"frames\": 3}", "'frames' is no list")]
    [InlineData("{\"frames\": [], \"frames\": []}", "'frames' is given twice")]
    [InlineData("{\"clip\": []}", "'clip', which means nothing")]
    [InlineData("{\"frames\": [1, 2", "broken in line 1 at byte")]
    [InlineData("{\"frames\": [1, 2]} and more", "broken in line 1 at byte")]
    [InlineData("{\"frames\": [NaN]}", "broken in line 1 at byte")]
    [InlineData("{\"frames\": [1, \"two\"]}", "frame 1 holds something that is no number")]
    [InlineData("{\"frames\": [[[1]]]}", "frame 0 holds something that is no number")]
    [InlineData("{\"frames\": [1e99]}", "Frame 0 holds an infinite number")]
    [InlineData("{\"frames\": [[1], [1, 2]]}", "Frame 1 has the shape [2] and frame 0 the shape [1]")]
    [InlineData("{\"frames\": []}", "these have the shape [0, 0]")]
    [InlineData("{\"frames\": [1, 2, 3]}", "n of at least 8; these have the shape [3, 1]")]
    [InlineData("{\"frames\": [[1, 2], [3, 4]]}", "frames of shape [n, 1] with n of at least 8; these have the shape [2, 2]")]
    public async Task Predict_OfABadRequest_Is400WithASentence(string request, string sentence)
    {
        var (status, text) = await PostAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        using var json = JsonDocument.Parse(text);
        Assert.Contains(sentence, json.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_OfALongRequest_Is413_AndTheServerLives()
    {
        var (status, text) = await PostAsync("{\"frames\": [" + new string('1', Server.LongestBody) + "]}");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains($"longer than {Server.LongestBody} bytes", text, StringComparison.Ordinal);
        var padded = await PostAsync("{\"frames\": [1,1,1,1,1,1,1,1]}".PadRight(Server.LongestBody));
        Assert.Equal(HttpStatusCode.OK, padded.Status);
    }

    [Theory]
    [InlineData("GET", "/predict", 405)]
    [InlineData("POST", "/health", 405)]
    [InlineData("DELETE", "/health", 405)]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/health/deeper", 404)]
    public async Task Other_PathsAndMethods_AreRefused(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative)) { Content = method == "POST" ? new StringContent("{}") : null };
        using var answer = await _client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("POST /predict HTTP/1.1\r\nHost: localhost\r\n\r\n", "411")]
    [InlineData("POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", "411")]
    [InlineData("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "400")]
    [InlineData("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", "400")]
    [InlineData("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", "413")]
    [InlineData("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421")]
    [InlineData("GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n", "400")]
    [InlineData("GET /health HTTP/1.1\r\nHost: localhost\r\n folded: line\r\n\r\n", "400")]
    [InlineData("GET /health HTTP/1.1\nHost: localhost\r\n\r\n", "400")]
    [InlineData("GET  /health HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /health HTTP/2\r\n\r\n", "400")]
    [InlineData("\0\u0001\u0002\r\n\r\n", "400")]
    public async Task Head_ThatIsOdd_IsRefused_AndTheConnectionEnds(string request, string status) =>
        Assert.StartsWith($"HTTP/1.1 {status} ", await SendAsync(request), StringComparison.Ordinal);

    [Fact]
    public async Task Head_ThatIsLong_IsRefused() =>
        Assert.StartsWith("HTTP/1.1 431 ", await SendAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + new string('x', 9000)), StringComparison.Ordinal);

    [Fact]
    public async Task Requests_InOnePiece_AreAnsweredInOrder()
    {
        var answers = await SendAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK", answers, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 404 Not Found", answers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_InSmallPieces_IsAnswered()
    {
        const string body = "{\"frames\": [1,1,1,1,1,1,1,1]}";
        var request = $"POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        using var socket = Connect();
        foreach (var piece in request.Chunk(7)) await socket.SendAsync(Encoding.ASCII.GetBytes(piece));
        Assert.StartsWith("HTTP/1.1 200 OK", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_LetsARequestThatHasBegunEnd_AndEndsIdleConnections()
    {
        const string body = "{\"frames\": [1,1,1,1,1,1,1,1]}";
        using Socket idle = Connect(), busy = Connect();
        await busy.SendAsync(Encoding.ASCII.GetBytes($"POST /predict HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {body.Length}\r\n\r\n"));
        var go = new byte[100];
        Assert.StartsWith("HTTP/1.1 100 Continue", Encoding.ASCII.GetString(go, 0, await busy.ReceiveAsync(go)), StringComparison.Ordinal);
        await _stop.CancelAsync();
        Assert.Equal("", await ReadToEndAsync(idle));
        Assert.False(_running.IsCompleted);
        await busy.SendAsync(Encoding.ASCII.GetBytes(body));
        Assert.StartsWith("HTTP/1.1 200 OK", await ReadToEndAsync(busy), StringComparison.Ordinal);
        await _running;
    }

    [Fact]
    public void Port_ThatIsTaken_IsSaid()
    {
        var error = Assert.Throws<IOException>(() => Server.Start(_model, "ball", _server.Port));
        Assert.StartsWith($"Port {_server.Port} of this machine cannot be served", error.Message, StringComparison.Ordinal);
    }

    async Task<(HttpStatusCode Status, string Text)> PostAsync(string request)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(request));
        using var answer = await _client.PostAsync(new Uri("/predict", UriKind.Relative), content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    async Task<string> SendAsync(string request)
    {
        using var socket = Connect();
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        return await ReadToEndAsync(socket);
    }

    Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, _server.Port);
        return socket;
    }

    static async Task<string> ReadToEndAsync(Socket socket)
    {
        var (text, buffer) = (new StringBuilder(), new byte[4096]);
        for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;) text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        return text.ToString();
    }
}
