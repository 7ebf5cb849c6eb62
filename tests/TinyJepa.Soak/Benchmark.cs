using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TinyJepa.Samples.Embed;

namespace TinyJepa.Soak;

/// <summary>What it costs to embed the model, measured from outside: a program is started again and again, and then asked as a server.</summary>
internal sealed record Benchmark
{
    public required string Processor { get; init; }

    /// <summary>The published file, which is all there is.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Milliseconds from the start of a process to its end, after it has opened the model and printed a prediction; sorted.</summary>
    public required double[] StartMilliseconds { get; init; }

    /// <summary>Milliseconds of processor time that such a process takes on average: what remains of the figure above on a machine without other work.</summary>
    public required double StartProcessorMilliseconds { get; init; }

    /// <summary>Microseconds of a prediction in a program that has warmed up, with its JSON.</summary>
    public required double PredictMicroseconds { get; init; }

    public required int Clients { get; init; }

    public required double RequestsPerSecond { get; init; }

    public required long Requests { get; init; }

    /// <summary>Answers that were not right to the last byte.</summary>
    public required long WrongAnswers { get; init; }

    /// <summary>The server's memory after its first answer, and after the load.</summary>
    public required long FirstMemory { get; init; }

    /// <inheritdoc cref="FirstMemory"/>
    public required long Memory { get; init; }

    public double MedianStart => (StartMilliseconds[(StartMilliseconds.Length - 1) / 2] + StartMilliseconds[StartMilliseconds.Length / 2]) / 2;

    /// <param name="program">The program to measure.</param>
    /// <param name="model">A model's file.</param>
    /// <param name="input">A clip's file.</param>
    /// <param name="starts">How often it is started.</param>
    /// <param name="seconds">How long the server is asked.</param>
    /// <param name="clients">By how many at once.</param>
    public static Benchmark Run(string program, string model, string input, int starts, int seconds, int clients)
    {
        var world = WorldModel.Open(model);
        var frames = Frames.Read(File.ReadAllBytes(input), input);
        var (request, answer) = (Wire.Question(frames), Wire.Prediction(world.Predict(frames)));

        StartOnce(program, model, input);                        // the file comes into memory
        var (times, before) = (new double[starts], Machine.ChildrensTime);
        for (var i = 0; i < starts; i++) times[i] = StartOnce(program, model, input);
        var processor = (Machine.ChildrensTime - before).TotalMilliseconds / starts;
        Array.Sort(times);
        var predict = PredictOnce(world, request);

        using var server = new ServerProcess(program, model);
        var wrong = 0L;
        using (var first = new Client(server.Port, request, answer)) wrong += first.Ask() ? 0 : 1;
        var firstMemory = server.Memory;
        var clock = Stopwatch.StartNew();
        var load = new Load(server.Port, request, answer, clients);
        load.Run(_ => clock.Elapsed.TotalSeconds < seconds);
        var elapsed = clock.Elapsed.TotalSeconds;
        return new Benchmark
        {
            Processor = Machine.Name,
            FileBytes = new FileInfo(program).Length,
            StartMilliseconds = times,
            StartProcessorMilliseconds = processor,
            PredictMicroseconds = predict,
            Clients = clients,
            Requests = load.Asked,
            RequestsPerSecond = load.Asked / elapsed,
            WrongAnswers = wrong + load.Wrong,
            FirstMemory = firstMemory,
            Memory = server.Memory,
        };
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        processor               {Processor}
        program                 {FileBytes} bytes
        start to first answer   {MedianStart:0} ms, median of {StartMilliseconds.Length} (all: {StartMilliseconds[0]:0} to {StartMilliseconds[^1]:0}), of processor time {StartProcessorMilliseconds:0} ms
        a prediction, warm      {PredictMicroseconds:0} µs
        requests per second     {RequestsPerSecond:0} from {Clients} clients, {WrongAnswers} of {Requests} answers wrong
        memory (RSS)            {FirstMemory / 1e6:0.0} MB after the first answer, {Memory / 1e6:0.0} MB after the load
        """);

    /// <summary>The same as JSON.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("processor"u8, Processor);
            json.WriteNumber("file_bytes"u8, FileBytes);
            json.WriteNumber("start_ms_median"u8, Math.Round(MedianStart, 1));
            json.WriteNumber("start_ms_least"u8, Math.Round(StartMilliseconds[0], 1));
            json.WriteNumber("start_ms_most"u8, Math.Round(StartMilliseconds[^1], 1));
            json.WriteNumber("start_processor_ms"u8, Math.Round(StartProcessorMilliseconds, 1));
            json.WriteNumber("starts"u8, StartMilliseconds.Length);
            json.WriteNumber("predict_us"u8, Math.Round(PredictMicroseconds, 1));
            json.WriteNumber("clients"u8, Clients);
            json.WriteNumber("requests"u8, Requests);
            json.WriteNumber("requests_per_second"u8, Math.Round(RequestsPerSecond));
            json.WriteNumber("wrong_answers"u8, WrongAnswers);
            json.WriteNumber("rss_after_first_answer_bytes"u8, FirstMemory);
            json.WriteNumber("rss_after_load_bytes"u8, Memory);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    static double StartOnce(string program, string model, string input)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, ["predict", "--model", model, "--input", input]) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? clock.Elapsed.TotalMilliseconds : throw new IOException($"'{program} predict' ended with {process.ExitCode}.");
    }

    static double PredictOnce(WorldModel model, byte[] request)
    {
        const int times = 2000;
        for (var i = 0; i < times; i++) Wire.Prediction(model.Predict(Wire.Request(request)));
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < times; i++) Wire.Prediction(model.Predict(Wire.Request(request)));
        return clock.Elapsed.TotalMicroseconds / times;
    }
}
