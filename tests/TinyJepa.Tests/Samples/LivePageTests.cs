using Microsoft.Playwright;
using TinyJepa.Samples;
using TinyJepa.Samples.DvdLogo;
using static TinyJepa.Tests.Samples.LiveBrowser;

namespace TinyJepa.Tests.Samples;

/// <summary>The page in a real browser: every control is used, and what it should change is seen to change.</summary>
[Trait("Category", "Browser")]
public sealed class LivePageTests
{
    [BrowserFact]
    public async Task EveryControl_DoesWhatItSays()
    {
        using var trainer = TinyDvd.Trainer(steps: 3000);
        await using var server = await TinyDvd.ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server);

        await AssertMovesAsync(page, "#reality");
        await AssertMovesAsync(page, "#expectation");
        await AssertMovesAsync(page, "#bars");
        await AssertMovesAsync(page, "#map");
        await AssertMovesAsync(page, "#chart");
        await SeesAsync(page, "#s-parameters", "425,440");
        await SeesAsync(page, "#s-hash", trainer.Current.Model.Hash);

        await page.ClickAsync("#pause");
        await SeesAsync(page, "#pause", "Resume");
        await page.WaitForTimeoutAsync(300);
        var still = await PictureAsync(page, "#reality");
        await page.WaitForTimeoutAsync(300);
        Assert.Equal(still, await PictureAsync(page, "#reality"));
        await page.ClickAsync("#new");
        await page.WaitForTimeoutAsync(300);
        Assert.NotEqual(still, await PictureAsync(page, "#reality"));
        await page.Keyboard.PressAsync("Space");
        await SeesAsync(page, "#pause", "Pause");

        await page.ClickAsync("#anomaly");
        await SeesAsync(page, "#says", "echo");
        await ShootAsync(page, "dvd-logo-anomaly");

        await page.ClickAsync("#dream");
        await SeesAsync(page, "#expected-name", "Dream");
        await SeesAsync(page, "#expected-note", "of 30");
        await ShootAsync(page, "dvd-logo-dream");
        await page.ClickAsync("#dream");
        await SeesAsync(page, "#expected-name", "Expectation");

        await page.ClickAsync(".switch");
        await page.WaitForSelectorAsync("#off:visible");
        await page.ClickAsync(".switch");
        await page.WaitForSelectorAsync("#off", new() { State = WaitForSelectorState.Hidden });

        await page.FillAsync("#fps", "60");
        await SeesAsync(page, "#fps-out", "60 fps");
        await page.WaitForFunctionAsync("() => Number(document.getElementById('s-fps').textContent) >= 30");

        var floor = await PictureAsync(page, "#map");
        await page.ClickAsync("#by-y");
        await SeesAsync(page, "#ramp-to", "bottom");
        Assert.NotEqual(floor, await PictureAsync(page, "#map"));

        await page.ClickAsync("#theme");
        await ShootAsync(page, "dvd-logo-light");
        Assert.Empty(faults);
    }

    [BrowserFact]
    public async Task Retraining_EndsInTheSameBits()
    {
        using var trainer = TinyDvd.Trainer(steps: 400);
        await using var server = await TinyDvd.ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server);
        const string dream = "#frames div:last-child canvas:nth-child(2)";
        await page.WaitForSelectorAsync(dream);
        var before = await PictureAsync(page, dream);

        await page.ClickAsync("#train");
        await SeesAsync(page, "#s-same", "same bits");
        Assert.Equal(before, await PictureAsync(page, dream));
        Assert.Empty(faults);
    }

    [BrowserFact]
    public async Task Retraining_IsWatched_AndStopsWhenAsked()
    {
        using var trainer = TinyDvd.Endless();
        await using var server = await TinyDvd.ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server);

        const string dream = "#frames div:last-child canvas:nth-child(2)";
        await page.WaitForSelectorAsync(dream);
        var before = await PictureAsync(page, dream);

        await page.Keyboard.PressAsync("r");
        await page.WaitForFunctionAsync("() => document.getElementById('training').dataset.running === 'true'");
        await AssertMovesAsync(page, "#curve");
        await AssertMovesAsync(page, dream);
        Assert.NotEqual(before, await PictureAsync(page, dream));
        await ShootAsync(page, "dvd-logo-training");
        await page.ClickAsync("#stop");
        await page.WaitForFunctionAsync("() => document.getElementById('training').dataset.running === 'false'");
        Assert.Empty(faults);
    }

    [BrowserFact]
    public async Task LostServer_IsTold_AndFoundAgain()
    {
        using var trainer = TinyDvd.Trainer(steps: 1);
        var server = await TinyDvd.ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, _) = await OpenAsync(browser, server);
        await AssertMovesAsync(page, "#reality");

        await server.DisposeAsync();
        await page.WaitForSelectorAsync("#banner:visible");
        await ShootAsync(page, "dvd-logo-lost");

        await using var again = await TinyDvd.ServeAsync(trainer, server.Address.Port);
        await page.WaitForSelectorAsync("#banner", new() { State = WaitForSelectorState.Hidden });
        await AssertMovesAsync(page, "#reality");
    }

    [BrowserFact]
    public async Task Phone_ShowsEverythingWithoutScrollingSideways()
    {
        using var trainer = TinyDvd.Trainer(steps: 1);
        await using var server = await TinyDvd.ServeAsync(trainer);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var (page, faults) = await OpenAsync(browser, server, width: 360, height: 740);

        Assert.Equal(360, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        await ShootAsync(page, "dvd-logo-phone");
        Assert.Empty(faults);
    }
}
