using System.CommandLine;
using System.Text;
using Spectre.Console;
using TinyJepa.IO;
using TinyJepa.Samples.Inspect;

var files = new Argument<FileInfo[]>("files") { Description = "Files to look into.", Arity = ArgumentArity.OneOrMore };
var json = new Option<bool>("--json") { Description = "Print one JSON object per file instead of tables." };
var root = new RootCommand("Lists what is in tensor files (safetensors, PyTorch's .pt, NumPy's .npy and .npz): names, types, shapes, statistics and NaN. No file can run code.") { files, json };
root.SetAction(parsed =>
{
    var status = 0;
    foreach (var path in parsed.GetValue(files)!)
    {
        try
        {
            using var file = TensorFile.Open(path.ToString());
            var listing = Listing.Of(file);
            if (parsed.GetValue(json)) listing.PrintJson(Console.Out);
            else listing.Print(AnsiConsole.Console);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            Console.Error.WriteLine(error.Message);
            status = 1;
        }
    }

    return status;
});
Console.OutputEncoding = Encoding.UTF8;
return root.Parse(args).Invoke();
