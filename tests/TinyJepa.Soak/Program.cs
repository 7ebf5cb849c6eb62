using System.CommandLine;
using TinyJepa.Soak;

var program = new Option<FileInfo>("--program") { Description = "The published Embed.", Required = true };
var model = new Option<FileInfo>("--model") { Description = "The model it opens.", DefaultValueFactory = _ => new FileInfo("samples/Embed/ball.safetensors") };
var input = new Option<FileInfo>("--input") { Description = "The clip it is asked about.", DefaultValueFactory = _ => new FileInfo("samples/Embed/knock.npy") };
var json = new Option<FileInfo?>("--json") { Description = "Where the figures go." };
var starts = new Option<int>("--starts") { Description = "How often it is started.", DefaultValueFactory = _ => 30 };
var seconds = new Option<int>("--seconds") { Description = "How long it is asked.", DefaultValueFactory = _ => 5 };
var clients = new Option<int>("--clients") { Description = "Clients that ask at once.", DefaultValueFactory = _ => 4 };
var steps = new Option<int>("--steps") { Description = "Training steps.", DefaultValueFactory = _ => 1_000_000 };
var requests = new Option<int>("--requests") { Description = "Requests.", DefaultValueFactory = _ => 100_000 };
var warmUp = new Option<int>("--warm-up") { Description = "Requests before the watching begins.", DefaultValueFactory = _ => 100_000 };

var bench = new Command("bench", "Measure what embedding a model costs: start-up, requests per second, memory.") { program, model, input, starts, seconds, clients, json };
bench.SetAction(parsed =>
{
    var result = Benchmark.Run(parsed.GetValue(program)!.FullName, parsed.GetValue(model)!.FullName, parsed.GetValue(input)!.FullName,
        parsed.GetValue(starts), parsed.GetValue(seconds), parsed.GetValue(clients));
    Console.WriteLine(result);
    if (parsed.GetValue(json) is { } file)
    {
        file.Directory!.Create();
        File.WriteAllText(file.FullName, result.ToJson());
    }

    return result.WrongAnswers == 0 ? 0 : 1;
});

var train = new Command("train", "Train the bouncing ball's model for a million steps and watch the memory.") { steps, json };
train.SetAction(parsed => TrainingSoak.Run(parsed.GetValue(steps), parsed.GetValue(json)?.FullName ?? "out/soak/train.json"));

var serve = new Command("serve", "Send a hundred thousand requests to a server and watch its memory.") { program, model, input, warmUp, requests, clients, json };
serve.SetAction(parsed => ServerSoak.Run(parsed.GetValue(program)!.FullName, parsed.GetValue(model)!.FullName, parsed.GetValue(input)!.FullName,
    parsed.GetValue(warmUp), parsed.GetValue(requests), parsed.GetValue(clients), parsed.GetValue(json)?.FullName ?? "out/soak/serve.json"));

return new RootCommand("Long runs that must leave memory as it was, and what embedding a model costs.") { bench, train, serve }.Parse(args).Invoke();
