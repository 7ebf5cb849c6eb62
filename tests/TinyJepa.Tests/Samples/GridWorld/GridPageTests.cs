using Microsoft.Playwright;
using TinyJepa.Samples;
using TinyJepa.Samples.GridWorld;

namespace TinyJepa.Tests.Samples.Grid;

/// <summary>The page in a real browser: every control is used, and what it should change is seen to change.</summary>
[Trait("Category", "Browser")]
public sealed class GridPageTests
{
    static readonly GridExperiment s_grid = new();

    static readonly string[] s_flags =
        ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    [BrowserFact]
    public async Task EveryControl_DoesWhatItSays()
    {
        using var trainer = Trainer(steps: 12);
        await using var server = await ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server);

        await SeesAsync(page, "#s-parameters", "2,955,072");
        await SeesAsync(page, "#s-hash", trainer.Current.Model.Hash);
        await SeesAsync(page, "#route", "shortest 8");
        await SeesAsync(page, "#bars", "down");

        await ChangesAsync(page, "#eye", () => page.Keyboard.PressAsync("ArrowDown"));
        await SeesAsync(page, "#route", "1 move, shortest 8");
        await ChangesAsync(page, "#eye", () => page.ClickAsync("#right"));
        await SeesAsync(page, "#route", "2 moves");
        for (var i = 0; i < 4; i++) await page.Keyboard.PressAsync("ArrowLeft");
        await SeesAsync(page, "#says", "A wall");

        await ClickCellAsync(page, row: 2, column: 2);
        await SeesAsync(page, "#route", "shortest 3");
        await ChangesAsync(page, "#grid", () => page.ClickAsync("#sets-agent"), () => ClickCellAsync(page, row: 2, column: 3));
        await SeesAsync(page, "#route", "shortest 1");
        await page.FillAsync("#fps", "10");
        await SeesAsync(page, "#fps-out", "10 moves/s");
        await page.Keyboard.PressAsync("Tab");
        await page.ClickAsync("#go");
        await page.WaitForFunctionAsync("() => /Arrived|ghost|imagines/.test(document.getElementById('says').textContent)");
        await ChangesAsync(page, "#map", () => page.ClickAsync("#by-row"));
        await page.ClickAsync("#theme");
        await ShootAsync(page, "light");
        Assert.Empty(faults);
    }

    [BrowserFact]
    public async Task Retraining_IsWatched_AndEndsInTheSameBits()
    {
        using var trainer = Trainer(steps: 6);
        await using var server = await ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server);

        await page.Keyboard.PressAsync("r");
        await SeesAsync(page, "#s-same", "the same bits");
        await SeesAsync(page, "#training-says", "Done.");
        await ShootAsync(page, "trained");
        Assert.Empty(faults);
    }

    [BrowserFact]
    public async Task LostServer_IsTold_AndFoundAgain()
    {
        using var trainer = Trainer(steps: 1);
        var server = await ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, _) = await OpenAsync(browser, server);
        await server.DisposeAsync();
        await page.WaitForSelectorAsync("#banner:visible");
        await using var again = await ServeAsync(trainer, server.Address.Port);
        await page.WaitForSelectorAsync("#banner", new() { State = WaitForSelectorState.Hidden });
    }

    [BrowserFact]
    public async Task Phone_ShowsEverythingWithoutScrollingSideways()
    {
        using var trainer = Trainer(steps: 1);
        await using var server = await ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server, width: 360, height: 740);
        Assert.Equal(360, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        await ShootAsync(page, "phone");
        Assert.Empty(faults);
    }

    /// <summary>A trainer whose first model has been through the whole of its short training.</summary>
    static LiveTrainer<LiveModel> Trainer(int steps)
    {
        var recipe = Recipe.Best with { Name = "tiny", Steps = steps, Walks = 16, Directions = 16 };
        LiveTraining<LiveModel> Fresh() => s_grid.NewLiveTraining(recipe, seed: 0);
        var watched = Fresh();
        for (var step = 0; step < steps; step++) watched.Training.Step();
        return new LiveTrainer<LiveModel>(watched.Snapshot(steps, 1), Fresh);
    }

    static Task<LiveServer> ServeAsync(LiveTrainer<LiveModel> trainer, int port = 0) => s_grid.ServeAsync(socket => new GridSession(socket, trainer), port);

    static Task<System.Text.Json.JsonElement?> ClickCellAsync(IPage page, int row, int column) => page.EvaluateAsync(
        """
        ([row, column]) => {
          const canvas = document.getElementById("grid"), box = canvas.getBoundingClientRect(), half = Math.min(box.width / 11, box.height / 7.2);
          const clientX = box.left + box.width / 2 + (column - row) * half, clientY = box.top + box.height / 2 + half * 0.45 + (column + row - 4) * half / 2;
          canvas.dispatchEvent(new MouseEvent("click", { clientX, clientY, bubbles: true }));
        }
        """, new[] { row, column });

    static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(new() { ExecutablePath = BrowserFactAttribute.Browser, Headless = true, Args = s_flags });

    static async Task<(IPage Page, List<string> Faults)> OpenAsync(IBrowser browser, LiveServer server, int width = 1360, int height = 900)
    {
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = ColorScheme.Dark });
        page.SetDefaultTimeout(60_000);
        var faults = new List<string>();
        page.PageError += (_, fault) => faults.Add(fault);
        page.Console += (_, line) =>
        {
            if (line.Type == "error") faults.Add(line.Text);
        };
        await page.GotoAsync(server.Address.ToString());
        await page.WaitForFunctionAsync("() => document.getElementById('pulse').dataset.live === 'true'");
        return (page, faults);
    }

    static async Task ChangesAsync(IPage page, string canvas, params Func<Task>[] actions)
    {
        var picture = await PictureAsync(page, canvas);
        foreach (var act in actions) await act();
        for (var i = 0; i < 100; i++)
        {
            await page.WaitForTimeoutAsync(50);
            if (await PictureAsync(page, canvas) != picture) return;
        }

        Assert.Fail($"{canvas} stays as it was.");
    }

    static Task<string> PictureAsync(IPage page, string canvas) => page.EvalOnSelectorAsync<string>(canvas, "c => c.toDataURL()");

    static async Task SeesAsync(IPage page, string element, string text) => await page.WaitForFunctionAsync(
        "([element, text]) => document.querySelector(element).textContent.includes(text)", new[] { element, text });

    static async Task ShootAsync(IPage page, string name) => await page.ScreenshotAsync(new()
    {
        Path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"grid-world-{name}.png"),
        FullPage = true,
    });
}
