using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using FhirOrchestrator.Sandbox.Hospital;

namespace FhirOrchestrator.Sandbox.Doors;

/// <summary>
/// The page <c>/sandbox</c>: HTML without script. Every text of the records goes through <see cref="E"/>.
/// </summary>
internal static class SandboxPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: light-dark(#1b2430,#e7ebf0); --quiet: light-dark(#5a6675,#a3adba);
          --paper: light-dark(#fff,#14191f); --panel: light-dark(#f4f6f8,#1d242c); --line: light-dark(#d8dee5,#323c47);
          --accent: light-dark(#0b5cad,#6db3ff); --stop: light-dark(#a4161a,#ff9a9a); }
        * { box-sizing: border-box }
        body { margin: 0; font: 16px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
        header { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; align-items: baseline; padding: .7rem 1.2rem;
          background: var(--panel); border-bottom: 1px solid var(--line) }
        header strong { font-size: 1.1rem } a { color: var(--accent) }
        main { padding: 1rem 1.2rem 3rem; max-width: 100rem; margin: 0 auto; overflow-x: auto }
        h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem } .panel h2 { margin-top: .9rem }
        .note { color: var(--quiet); font-size: .9rem }
        .said { background: var(--panel); border: 1px solid var(--line); border-left: .3rem solid var(--accent);
          padding: .5rem .8rem; border-radius: .4rem }
        .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem }
        .panel { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem;
          padding: .2rem 1rem 1rem }
        table { width: 100%; border-collapse: collapse }
        th { text-align: left; font-size: .85rem; color: var(--quiet); padding: .35rem .5rem }
        td { padding: .45rem .5rem; border-top: 1px solid var(--line); vertical-align: top }
        td:not(:last-child) { white-space: nowrap } tbody tr:hover td { background: var(--panel) }
        td form { display: inline-flex; margin: 0 .35rem .2rem 0; vertical-align: top }
        form { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .3rem 0 }
        label { display: flex; gap: .35rem; align-items: center; font-size: .9rem }
        input, select, button { font: inherit; font-size: .9rem; color: inherit; background: var(--paper);
          border: 1px solid var(--line); border-radius: .4rem; padding: .2rem .5rem }
        input[type=number] { width: 6rem } select { max-width: 13rem }
        button { cursor: pointer }
        button.main { background: var(--accent); color: var(--paper); border-color: transparent }
        td button, td select { font-size: .85rem; padding: .1rem .45rem }
        td button.main { background: none; color: var(--accent); border-color: currentColor }
        button.hard { color: var(--stop) } .error { color: var(--stop) }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 1px }
        """;

    /// <summary>The whole page.</summary>
    public static string Render(PageView view)
    {
        var html = new StringBuilder(32 * 1024);
        html.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox hospital</title>
            <meta name="viewport" content="width=device-width"><style>{Style}</style></head><body>
            <header><strong>{Elements.HospitalName}, a sandbox</strong><a href="/">Worklist</a>
            <a href="/sandbox/fhir/metadata">FHIR</a><span class="note">Invented people. Everything here is
            written as an EHR's own users would write it.</span></header><main>
            """);
        if (view.Said.Length > 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"said\" role=\"status\">{E(view.Said)}</p>");
        }

        Controls(html, view);
        InHouse(html, view.InHouse);
        Discharged(html, view.Discharged);
        Works(html, "Referrals and orders", "request", view.Orders,
            [("revoke", "Revoke", true), ("replace", "Replace", true)]);
        Works(html, "Tasks in this EHR", "task", view.Tasks,
            [
                ("claim-task", "Claim", false), ("complete-task", "Complete", false), ("edit-task", "Edit", true),
                ("cancel-task", "Cancel", true), ("reopen-task", "Reopen", true),
            ]);
        Subscriptions(html, view.Subscriptions);
        return html.Append("</main></body></html>").ToString();
    }

    private static void Controls(StringBuilder html, PageView view)
    {
        var wanted = view.Mischief.Misbehaviour;
        var kinds = string.Concat(StaySeed.DecoyKinds.Select(each => $"<option>{E(each)}</option>"));
        html.Append(CultureInfo.InvariantCulture, $"""
            <div class="panels"><section class="panel"><h2>Ordinary</h2>
            <form method="post"><button class="main" formaction="/sandbox/acts/admit">Admit somebody</button>
            <button class="main" formaction="/sandbox/acts/discharge">Discharge somebody</button>
            <button formaction="/sandbox/acts/order">Order a referral</button>
            <button formaction="/sandbox/acts/swap-beds">Swap two beds</button></form>
            <form method="post" action="/sandbox/acts/decoy"><label>Something that is no referral to work on
            <select name="kind">{kinds}</select></label><button>Order</button></form></section>
            <section class="panel"><h2>A busy hour</h2><form method="post" action="/sandbox/busy-hour">
            <label>Acts <input type="number" name="acts" value="120" min="1" max="10000"></label>
            <label>Speed <input type="number" name="speed" value="60" min="1" max="3600"></label>
            <label>Seed <input type="number" name="seed" value="1"></label><button class="main">Start</button></form>
            <p class="note">Five of a hundred acts are hard ones. {HourWords(view.Hour)}</p></section>
            <section class="panel"><h2>Notifications misbehave</h2><form method="post" action="/sandbox/misbehave">
            <label>Drop %
            <input type="number" name="dropPercent" value="{wanted.DropPercent}" min="0" max="100"></label>
            <label>Out of order %
            <input type="number" name="reorderPercent" value="{wanted.ReorderPercent}" min="0" max="100"></label>
            <label><input type="checkbox" name="duplicates"{(wanted.Duplicates ? " checked" : "")}> each twice</label>
            <label>Seed <input type="number" name="seed" value="{wanted.Seed}"></label><button>Set</button></form>
            <p class="note">So far: {view.Mischief.Dropped.Length} dropped, {view.Mischief.Duplicated} sent twice,
            {view.Mischief.Reordered} held back; {view.Mischief.Waiting} waiting.</p></section></div>
            """);
    }

    private static void InHouse(StringBuilder html, ImmutableArray<StayRow> rows)
    {
        var dispositions = string.Concat(Disposition.All.Select(each => string.Create(
            CultureInfo.InvariantCulture,
            $"<option value=\"{E(each.Key)}\">{E(each.Key)} {E(each.Display)}</option>")));
        html.Append(CultureInfo.InvariantCulture, $"<h2>In house <span class=\"note\">{rows.Length}</span></h2>");
        StartTable(html, "Bed", "Patient", "Born", "MRN", "Status", "Since", "");
        foreach (var row in rows)
        {
            var leave = row.Status == "onleave" ? ("return", "Back from leave") : ("leave", "Leave");
            html.Append(CultureInfo.InvariantCulture, $"""
                <tr><td>{E(row.Bed)}</td><td>{E(row.Name)}</td><td>{E(row.Born)}</td><td>{E(row.Mrn)}</td>
                <td>{E(row.Status)}</td><td>{E(row.Start)}</td><td><form method="post">
                <input type="hidden" name="encounter" value="{E(row.Encounter)}">
                <select name="disposition" aria-label="Disposition">{dispositions}</select>
                {Button("discharge", "Discharge", "main")}{Button("transfer", "Transfer")}
                {Button(leave.Item1, leave.Item2)}{Button("cancel-admission", "Cancel", "hard")}
                {Button("entered-in-error", "Error", "hard")}{Button("move-visit", "Wrong chart", "hard")}</form>
                <form method="post"><input type="hidden" name="patient" value="{E(row.Patient)}">
                {Button("order", "Refer")}{Button("merge", "Merge away", "hard")}{Button("death", "Death", "hard")}
                </form></td></tr>
                """);
        }

        html.Append("</table>");
    }

    private static void Discharged(StringBuilder html, ImmutableArray<StayRow> rows)
    {
        html.Append(CultureInfo.InvariantCulture,
            $"<h2>Discharged lately <span class=\"note\">{rows.Length}</span></h2>");
        StartTable(html, "Patient", "Born", "MRN", "From", "To", "");
        foreach (var row in rows)
        {
            html.Append(CultureInfo.InvariantCulture, $"""
                <tr><td>{E(row.Name)}</td><td>{E(row.Born)}</td><td>{E(row.Mrn)}</td><td>{E(row.Start)}</td>
                <td>{E(row.End)}</td><td><form method="post">
                <input type="hidden" name="encounter" value="{E(row.Encounter)}">
                {Button("reverse-discharge", "Reverse the discharge", "hard")}
                {Button("entered-in-error", "Error", "hard")}
                {Button("move-visit", "Wrong chart", "hard")}</form>
                <form method="post"><input type="hidden" name="patient" value="{E(row.Patient)}">
                {Button("readmit", "Readmit", "hard")}{Button("merge", "Merge away", "hard")}
                {Button("death", "Death", "hard")}
                </form></td></tr>
                """);
        }

        html.Append("</table>");
    }

    private static void Works(
        StringBuilder html,
        string title,
        string name,
        ImmutableArray<WorkRow> rows,
        ReadOnlySpan<(string Act, string Title, bool IsHard)> acts)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>{E(title)} <span class=\"note\">{rows.Length}</span></h2>");
        StartTable(html, "What", "Patient", "Status", "");
        var buttons = new StringBuilder();
        foreach (var (act, words, isHard) in acts)
        {
            buttons.Append(Button(act, words, isHard ? "hard" : ""));
        }

        foreach (var row in rows)
        {
            html.Append(CultureInfo.InvariantCulture, $"""
                <tr><td>{E(row.Title)}</td><td>{E(row.Patient)}</td><td>{E(row.Status)}</td><td><form method="post">
                <input type="hidden" name="{E(name)}" value="{E(row.Id)}">{buttons}</form></td></tr>
                """);
        }

        html.Append("</table>");
    }

    private static void Subscriptions(StringBuilder html, ImmutableArray<SubscriptionRow> rows)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>Subscriptions <span class=\"note\">{rows.Length}</span></h2>");
        StartTable(html, "Id", "Criteria", "Status", "Events");
        foreach (var row in rows)
        {
            html.Append(CultureInfo.InvariantCulture, $"""
                <tr><td>{E(row.Id)}</td><td>{E(row.Criteria)}</td><td>{E(row.Status)}
                <span class="error">{E(row.Error)}</span></td><td>{row.Events}</td></tr>
                """);
        }

        html.Append("</table>");
    }

    private static void StartTable(StringBuilder html, params ReadOnlySpan<string> columns)
    {
        html.Append("<table><tr>");
        foreach (var column in columns)
        {
            html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{E(column)}</th>");
        }

        html.Append("</tr>");
    }

    private static string HourWords(BusyHourReport hour) => hour.Planned == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"{(hour.IsRunning ? "Running" : "Done")}: {hour.Done} of {hour.Planned} done, {hour.Hard} hard, ")
        + string.Create(CultureInfo.InvariantCulture, $"{hour.Refused} found nobody.");

    private static string Button(string act, string title, string style = "") =>
        $"<button class=\"{style}\" formaction=\"/sandbox/acts/{act}\">{E(title)}</button>";

    private static string E(string text) => HtmlEncoder.Default.Encode(text);
}
