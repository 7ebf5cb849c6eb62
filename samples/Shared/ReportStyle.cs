namespace TinyJepa.Samples;

/// <summary>The look of a <see cref="Report"/>: one column, system fonts, and the colours that charts draw with, light and dark.</summary>
internal static class ReportStyle
{
    internal const string Css = """
        :root {
          color-scheme: light dark;
          --paper: #fbfbfa; --card: #ffffff; --ink: #16191d; --text: #353b44; --muted: #6b7280; --line: #e4e6ea; --alarm: #c2333d;
          --series-1: #2f66d0; --series-2: #d2601a; --series-3: #12886a; --series-4: #9343b5; --series-5: #bf3458; --series-6: #7d7412;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #101317; --card: #171b21; --ink: #f2f4f7; --text: #c8ced7; --muted: #8f98a5; --line: #2a3038; --alarm: #ff7b84;
            --series-1: #7aa7ff; --series-2: #ff9f5f; --series-3: #46cda3; --series-4: #cf8fea; --series-5: #ff86a3; --series-6: #d3c653;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--paper); color: var(--text);
          font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
          -webkit-text-size-adjust: 100%;
        }
        main { max-width: 1120px; margin: 0 auto; padding: 56px 24px 96px; }
        h1, h2 { color: var(--ink); line-height: 1.2; letter-spacing: -0.015em; text-wrap: balance; margin: 0; }
        h1 { font-size: clamp(28px, 5vw, 42px); font-weight: 700; }
        h2 { font-size: 23px; font-weight: 650; }
        p { max-width: 70ch; margin: 12px 0 0; }
        .lead { font-size: 19px; line-height: 1.55; margin-top: 16px; max-width: 64ch; }
        section { margin-top: 56px; padding-top: 28px; border-top: 1px solid var(--line); }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 16px; margin: 32px 0 0; }
        .facts div { display: flex; flex-direction: column; gap: 2px; padding: 16px 20px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
        .facts dd { margin: 0; color: var(--ink); font-size: 28px; font-weight: 650; letter-spacing: -0.02em; line-height: 1.25; }
        .facts dt { color: var(--muted); font-size: 14px; line-height: 1.45; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 20px; margin-top: 24px; }
        figure { margin: 0; padding: 20px 20px 16px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; min-width: 0; }
        figure.wide { grid-column: 1 / -1; }
        .scroll { overflow-x: auto; }
        .scroll > svg { display: block; width: 100%; min-width: 340px; height: auto; overflow: visible; }
        .scroll > img { display: block; width: 100%; max-width: 640px; height: auto; margin: 0 auto; border-radius: 6px; image-rendering: pixelated; }
        .wide .scroll > img { min-width: 560px; max-width: 100%; }
        figcaption { margin-top: 12px; color: var(--muted); font-size: 14px; line-height: 1.5; max-width: 80ch; }
        .table { overflow-x: auto; margin-top: 24px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
        table { border-collapse: collapse; width: 100%; font-size: 15px; line-height: 1.45; font-variant-numeric: tabular-nums; }
        caption { text-align: left; color: var(--muted); font-size: 14px; padding: 14px 20px 0; }
        th, td { text-align: left; vertical-align: top; padding: 10px 20px; }
        th { color: var(--muted); font-size: 13px; font-weight: 600; white-space: nowrap; border-bottom: 1px solid var(--line); }
        tr + tr td { border-top: 1px solid var(--line); }
        th::first-letter { text-transform: uppercase; }
        td:first-child { color: var(--ink); font-weight: 550; }
        @media (max-width: 600px) {
          main { padding: 32px 16px 64px; }
          section { margin-top: 40px; }
          figure { padding: 14px 14px 12px; }
          th, td { padding: 10px 14px; min-width: 9em; }
        }
        @media print {
          main { max-width: none; padding: 0; }
          figure, .table, .facts div { break-inside: avoid; }
        }
        """;
}
