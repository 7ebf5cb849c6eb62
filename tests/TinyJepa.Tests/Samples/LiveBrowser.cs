using Microsoft.Playwright;
using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

/// <summary>A real browser on a live page, and what tests look at in it.</summary>
internal static class LiveBrowser
{
    static readonly string[] s_flags =
        ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    internal static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(new() { ExecutablePath = BrowserFactAttribute.Browser, Headless = true, Args = s_flags });

    internal static async Task<(IPage Page, List<string> Faults)> OpenAsync(IBrowser browser, LiveServer server, int width = 1360, int height = 900)
    {
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = ColorScheme.Dark });
        page.SetDefaultTimeout(20_000);
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

    internal static Task<string> PictureAsync(IPage page, string canvas) => page.EvalOnSelectorAsync<string>(canvas, "c => c.toDataURL()");

    internal static async Task AssertMovesAsync(IPage page, string canvas)
    {
        var picture = await PictureAsync(page, canvas);
        for (var i = 0; i < 100; i++)
        {
            await page.WaitForTimeoutAsync(50);
            if (await PictureAsync(page, canvas) != picture) return;
        }

        Assert.Fail($"{canvas} stands still.");
    }

    internal static async Task SeesAsync(IPage page, string element, string text) => await page.WaitForFunctionAsync(
        "([element, text]) => document.querySelector(element).textContent.includes(text)", new[] { element, text });

    internal static async Task ShootAsync(IPage page, string name) => await page.ScreenshotAsync(new()
    {
        Path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"{name}.png"),
        FullPage = true,
    });
}
