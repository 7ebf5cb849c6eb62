using Microsoft.Playwright;
using TinyJepa.Samples;
using TinyJepa.Samples.BouncingBall;
using static TinyJepa.Tests.Samples.LiveBrowser;

namespace TinyJepa.Tests.Samples;

/// <summary>The ball's page in a real browser: every control is used, and what it should change is seen to change.</summary>
[Trait("Category", "Browser")]
public sealed class BallPageTests
{
    [BrowserFact]
    public async Task EveryControl_DoesWhatItSays()
    {
        using var trainer = TinyBall.Trainer(epochs: 60);
        await using var server = await TinyBall.ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server);

        foreach (var canvas in (string[])["#ball", "#trace", "#flat-window", "#flat-single", "#cloud"]) await AssertMovesAsync(page, canvas);
        await SeesAsync(page, "#s-parameters", trainer.Current.Model.Count.ToString("N0", System.Globalization.CultureInfo.InvariantCulture));
        await SeesAsync(page, "#s-hash", trainer.Current.Model.Hash);
        await SeesAsync(page, "#flat-name", $"K = {Recipe.Best.Window}");
        await SeesAsync(page, "#seeds-count", "2 seeds");

        await page.ClickAsync("#kick");
        await SeesAsync(page, "#says", "Kicked!");
        await page.WaitForTimeoutAsync(2500);
        await ShootAsync(page, "bouncing-ball-kick");

        await page.ClickAsync("#pause");
        await SeesAsync(page, "#pause", "Resume");
        await page.WaitForTimeoutAsync(300);
        var still = await PictureAsync(page, "#trace");
        await page.WaitForTimeoutAsync(300);
        Assert.Equal(still, await PictureAsync(page, "#trace"));
        await page.ClickAsync("#throw");
        await page.WaitForTimeoutAsync(300);
        Assert.NotEqual(still, await PictureAsync(page, "#trace"));

        // Turned by the pointer it stops turning by itself; every drag and arrow key turns it on.
        await page.DragAndDropAsync("#cloud", "#cloud", new() { SourcePosition = new() { X = 60, Y = 120 }, TargetPosition = new() { X = 160, Y = 140 } });
        await page.WaitForTimeoutAsync(300);
        var cloud = await PictureAsync(page, "#cloud");
        await page.WaitForTimeoutAsync(300);
        Assert.Equal(cloud, await PictureAsync(page, "#cloud"));
        await page.PressAsync("#cloud", "ArrowRight");
        Assert.NotEqual(cloud, await PictureAsync(page, "#cloud"));

        var floor = await PictureAsync(page, "#flat-single");
        await page.ClickAsync("#by-x");
        await SeesAsync(page, "#ramp-from", "floor");
        Assert.NotEqual(floor, await PictureAsync(page, "#flat-single"));
        await page.Keyboard.PressAsync("Space");
        await SeesAsync(page, "#pause", "Pause");

        await page.ClickAsync(".switch");
        await page.WaitForFunctionAsync("() => document.getElementById('rests').checked");
        await page.FillAsync("#fps", "60");
        await SeesAsync(page, "#fps-out", "3.00×");
        await page.WaitForFunctionAsync("() => Number(document.getElementById('s-fps').textContent) >= 30");
        await page.ClickAsync("#theme");
        await page.WaitForTimeoutAsync(400);
        await ShootAsync(page, "bouncing-ball-light");
        Assert.Empty(faults);
    }

    [BrowserFact]
    public async Task Retraining_IsWatched_EndsInTheSameBits_AndStopsWhenAsked()
    {
        using var trainer = TinyBall.Trainer(epochs: 4);
        await using var server = await TinyBall.ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server);
        await page.ClickAsync("#train");
        await SeesAsync(page, "#s-same", "same bits");
        Assert.Empty(faults);

        using var endless = TinyBall.Endless();
        await using var other = await TinyBall.ServeAsync(endless);
        var (watched, more) = await OpenAsync(browser, other);
        await watched.Keyboard.PressAsync("r");
        await watched.WaitForFunctionAsync("() => document.getElementById('training').dataset.running === 'true'");
        await AssertMovesAsync(watched, "#curve");
        await AssertMovesAsync(watched, "#bars");
        await ShootAsync(watched, "bouncing-ball-training");
        await watched.ClickAsync("#stop");
        await watched.WaitForFunctionAsync("() => document.getElementById('training').dataset.running === 'false'");
        Assert.Empty(more);
    }

    [BrowserFact]
    public async Task Phone_ShowsEverythingWithoutScrollingSideways()
    {
        using var trainer = TinyBall.Trainer();
        await using var server = await TinyBall.ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server, width: 360, height: 740);
        Assert.Equal(360, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        await ShootAsync(page, "bouncing-ball-phone");
        Assert.Empty(faults);
    }
}
