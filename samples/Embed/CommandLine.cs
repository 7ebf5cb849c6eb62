using System.Runtime.InteropServices;
using System.Text;

namespace TinyJepa.Samples.Embed;

/// <summary>
/// The commands. Read by hand: a package for command lines would be a twentieth of the published file, and its compilation at start as long as
/// the prediction.
/// </summary>
internal static class CommandLine
{
    const int DefaultPort = 5080;

    const string Usage = """
        Opens a trained world model and predicts, without a native library.

          predict --model FILE --input FILE|-               print the prediction for a clip as JSON; the clip is an .npy file
                                                            or a request {"frames": [[…], …]}, - reads it from the standard input
          serve   --model FILE [--port 5080]                the same as POST /predict on this machine, until Ctrl-C

        FILE of --model is .safetensors or PyTorch's .pt.
        """;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancellation = default)
    {
        try
        {
            switch (args)
            {
                case [] or ["--help" or "-h" or "help"] or [_, "--help" or "-h"]:
                    output.WriteLine(Usage);
                    return 0;
                case ["predict", .. var rest]:
                    Predict(new Options("predict", rest, "--model", "--input"), output);
                    return 0;
                case ["serve", .. var rest]:
                    await ServeAsync(new Options("serve", rest, "--model", "--port"), output, cancellation).ConfigureAwait(false);
                    return 0;
                default:
                    throw new UsageException($"'{args[0]}' is no command.");
            }
        }
        catch (UsageException error)
        {
            errors.WriteLine($"{error.Message} There are predict and serve; --help shows what they take.");
            return 2;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            errors.WriteLine(error.Message);
            return 1;
        }
    }

    static void Predict(Options options, TextWriter output)
    {
        var model = WorldModel.Open(options.Text("--model"));
        output.WriteLine(Encoding.UTF8.GetString(Wire.Prediction(model.Predict(Input(options.Text("--input"))))));
    }

    static Frames Input(string path)
    {
        if (path != "-") return Frames.Read(File.ReadAllBytes(path), path);
        using var memory = new MemoryStream();
        using var input = Console.OpenStandardInput();
        input.CopyTo(memory);
        return Frames.Read(memory.ToArray(), "the standard input");
    }

    static async Task ServeAsync(Options options, TextWriter output, CancellationToken cancellation)
    {
        var path = options.Text("--model");
        var model = WorldModel.Open(path);
        using var server = Server.Start(model, Path.GetFileName(path), options.Number("--port", DefaultPort, 0, 65535));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        output.WriteLine($"Listening on {server.Address} until Ctrl-C.");
        output.Flush();
        await server.RunAsync(stop.Token).ConfigureAwait(false);
        output.WriteLine("Stopped.");

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;                            // requests under way get their answers first
            stop.Cancel();
        }
    }
}
