namespace FhirOrchestrator.Storage;

/// <summary>What every store holds a change to, before it writes anything.</summary>
internal static class ChainChecks
{
    /// <summary>Holds that a change fits the chain as it is locked.</summary>
    /// <exception cref="InvalidOperationException">It does not: a bug of the caller.</exception>
    public static void Require(ChainRecord? before, ChainChange change)
    {
        var state = change.Chain.State;
        if (state.Asked is not null)
        {
            throw new InvalidOperationException(
                "expected every question answered before a chain is saved, got an open one");
        }

        if (before is not null && before.Id != change.Chain.Id)
        {
            throw new InvalidOperationException($"expected a change of {before.Id}, got one of {change.Chain.Id}");
        }

        var revision = before?.State.Revision ?? 0;
        foreach (var logged in change.Events)
        {
            revision++;
            if (logged.Revision != revision)
            {
                throw new InvalidOperationException(
                    $"expected the event of revision {revision}, got {logged.Revision}");
            }
        }

        if (state.Revision != revision || revision == 0)
        {
            throw new InvalidOperationException($"expected revision {revision} after the events, got {state.Revision}");
        }
    }
}
