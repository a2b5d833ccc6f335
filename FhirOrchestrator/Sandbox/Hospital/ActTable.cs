using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>An act by its name.</summary>
/// <param name="Title">What the button says.</param>
/// <param name="Weight">How often a busy hour contains it, among the ordinary or among the hard ones.</param>
/// <param name="IsHard">True for what makes a day a hard one.</param>
internal sealed record Act(
    string Name, string Title, int Weight, bool IsHard, Func<ActCall, CancellationToken, Task<ActOutcome>> DoAsync);

/// <summary>
/// All that can happen in the hospital, one at a time. Acts write as people at an EHR do: they read, edit and write
/// with the version read, and try again when somebody was faster.
/// </summary>
internal sealed class ActTable : IDisposable
{
    private const int AttemptsMax = 3;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ImmutableDictionary<string, Act> _byName;
    private readonly TimeProvider _time;
    private readonly ILogger<ActTable> _log;

    public ActTable(IRecords records, TimeProvider time, ILogger<ActTable> log)
    {
        (_time, _log) = (time, log);
        var chart = new Chart(records);
        var stays = new StayActs(chart, records);
        var persons = new PersonActs(chart, records);
        var orders = new OrderActs(chart, records);
        var tasks = new TaskActs(chart, records);
        All =
        [
            new("admit", "Admit", 22, false, stays.AdmitAsync),
            new("transfer", "Transfer", 14, false, stays.TransferAsync),
            new("discharge", "Discharge", 24, false, stays.DischargeAsync),
            new("order", "Order a referral", 22, false, orders.OrderAsync),
            new("decoy", "Order something else", 8, false, orders.DecoyAsync),
            new("return", "Back from leave", 4, false, stays.ReturnAsync),
            new("claim-task", "Claim a Task", 0, false, tasks.ClaimAsync),
            new("swap-beds", "Swap beds", 1, true, stays.SwapBedsAsync),
            new("leave", "Send on leave", 1, true, stays.LeaveAsync),
            new("cancel-admission", "Cancel the admission", 1, true, stays.CancelAdmissionAsync),
            new("reverse-discharge", "Reverse a discharge", 2, true, stays.ReverseDischargeAsync),
            new("entered-in-error", "Mark entered in error", 1, true, stays.VoidStayAsync),
            new("readmit", "Readmit", 2, true, stays.ReadmitAsync),
            new("death", "Record a death", 1, true, persons.DeathAsync),
            new("merge", "Merge two patients", 1, true, persons.MergeAsync),
            new("move-visit", "Move the visit", 1, true, persons.MoveVisitAsync),
            new("revoke", "Revoke an order", 1, true, orders.RevokeAsync),
            new("replace", "Replace an order", 1, true, orders.ReplaceAsync),
            new("edit-task", "Edit a Task", 1, true, tasks.EditAsync),
            new("cancel-task", "Cancel a Task", 1, true, tasks.CancelAsync),
            new("complete-task", "Complete a Task", 1, true, tasks.CompleteAsync),
            new("reopen-task", "Reopen a Task", 1, true, tasks.ReopenAsync),
        ];
        _byName = All.ToImmutableDictionary(each => each.Name, StringComparer.Ordinal);
    }

    public ImmutableArray<Act> All { get; }

    public void Dispose() => _turn.Dispose();

    /// <summary>Does an act; null where there is none of that name.</summary>
    public async Task<ActOutcome?> DoAsync(
        string name, IReadOnlyDictionary<string, string> named, Dice dice, CancellationToken ct)
    {
        if (!_byName.TryGetValue(name, out var act))
        {
            return null;
        }

        await _turn.WaitAsync(ct);
        try
        {
            var outcome = ActOutcome.Conflict;
            for (var attempt = 0; attempt < AttemptsMax && ReferenceEquals(outcome, ActOutcome.Conflict); attempt++)
            {
                outcome = await act.DoAsync(new ActCall(named, dice, _time.GetUtcNow()), ct);
            }

            _log.ActDone(name, outcome.Refusal ?? outcome.Written[0].Path);
            return outcome;
        }
        finally
        {
            _turn.Release();
        }
    }
}
