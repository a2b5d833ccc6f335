using System.Diagnostics;
using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Storage.Memory;

/// <summary>Writes one committed change into the tables; the caller holds their gate.</summary>
internal sealed class MemoryWriter(MemoryTables tables, ChainChange change, DateTimeOffset now)
{
    private ChainId Id => change.Chain.Id;

    public void Write()
    {
        var earlier = tables.Chains.GetValueOrDefault(Id);
        var ended = earlier is { HasEnded: true } || change.Commands.Any(c => c is ChainCommand.End);
        var incidents = earlier?.Record.Incidents ?? [];
        foreach (var fired in change.Events.Select(e => e.Happened).OfType<ChainEvent.TimerFired>())
        {
            tables.Timers.Remove((Id, fired.Step, fired.Kind));
        }

        foreach (var command in change.Commands)
        {
            incidents = Apply(command, incidents);
        }

        tables.Chains[Id] = new MemoryChain(change.Chain with { Incidents = incidents }, ended);
        tables.WorkItems[Id] = change.WorkItems;
        if (!tables.Events.TryGetValue(Id, out var events))
        {
            tables.Events.Add(Id, events = []);
        }

        events.AddRange(change.Events);
        if (ended)
        {
            tables.Waits.Remove(Id);
        }
        else if (change.Waits is { } waits)
        {
            tables.Waits[Id] = waits;
        }
    }

    private ImmutableArray<Incident> Apply(ChainCommand command, ImmutableArray<Incident> incidents)
    {
        switch (command)
        {
            case ChainCommand.RunStep run:
                tables.Jobs.Add(
                    tables.NextNumber(),
                    new MemoryJob(
                        Id,
                        change.Chain.Ehr,
                        run.Attempt,
                        JobPriority.Of(change, run.Attempt.Step),
                        run.RunAt,
                        LeasedUntil: null,
                        Epoch: 0));
                break;
            case ChainCommand.WithdrawStep withdraw:
                foreach (var (number, job) in tables.Jobs.ToList())
                {
                    if (job.Chain == Id && job.Attempt.Step == withdraw.Step)
                    {
                        tables.Jobs.Remove(number);
                    }
                }

                break;
            case ChainCommand.SetTimer timer:
                tables.Timers[(Id, timer.Step, timer.Kind)] = timer.At;
                break;
            case ChainCommand.ClearTimers clear:
                RemoveTimers(clear.Step);
                break;
            case ChainCommand.Publish publish:
                tables.Publishes[Id] = tables.Publishes.TryGetValue(Id, out var row)
                    ? row with { Revision = Math.Max(row.Revision, publish.Revision) }
                    : new MemoryPublish(publish.Revision, now, null, 0, 0);
                break;
            case ChainCommand.OpenIncident open:
                return incidents.Any(i => i.Step == open.Step && i.Reason.Value == open.Reason.Value)
                    ? incidents
                    : incidents.Add(new Incident(open.Step, open.Reason, now));
            case ChainCommand.CloseIncidents close:
                return incidents.RemoveAll(i => i.Step == close.Step);
            case ChainCommand.End:
                RemoveTimers(step: null);
                break;
            default:
                throw new UnreachableException();
        }

        return incidents;
    }

    private void RemoveTimers(StepName? step)
    {
        foreach (var key in tables.Timers.Keys.Where(k => k.Chain == Id && (step is null || k.Step == step)).ToList())
        {
            tables.Timers.Remove(key);
        }
    }
}
