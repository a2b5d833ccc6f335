using FhirOrchestrator.Chains;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Worklist;

/// <summary>Turns forms into events of chains, posts them, and waits a moment for what becomes of them.</summary>
internal sealed class WorklistWriter(IChainStore store, PackageShelf shelf, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(40);

    /// <summary>A person works on a Task: claim, start, release, complete with outputs, fail with a reason.</summary>
    public async Task<Posted> ActAsync(TaskPlace place, IFormCollection form, Actor by, CancellationToken ct)
    {
        var chain = await store.FindAsync(new ChainId(place.Chain), ct);
        if (chain is null)
        {
            return new Posted("There is no such chain.");
        }

        var step = new StepName(place.Step);
        var package = await shelf.FindAsync(chain.Package, chain.State.Plan, ct);
        if (!package.Templates.TryGetValue(step, out var template))
        {
            return new Posted("There is no such task.");
        }

        TaskAction? action = form["act"].ToString() switch
        {
            "claim" => new TaskAction.Claim(),
            "start" => new TaskAction.Start(),
            "release" => new TaskAction.Release(),
            "complete" => OutputForm.Read(template, form),
            "fail" => new TaskAction.Fail(form["reason"].ToString().Trim()),
            _ => null,
        };
        return action is null
            ? new Posted("Expected claim, start, release, complete or fail.")
            : await PostAsync(chain.Id, new ChainEvent.TaskActed(clock.GetUtcNow(), step, place.Round, action, by), ct);
    }

    /// <summary>A person decides about a chain or a step that cannot go on alone.</summary>
    public async Task<Posted> DecideAsync(TaskPlace place, IFormCollection form, Actor by, CancellationToken ct)
    {
        var step = new StepName(place.Step);
        Decision? decision = form["act"].ToString() switch
        {
            "cancel" => new Decision.Cancel(),
            "void" => new Decision.Void(),
            "resume" => new Decision.Resume(),
            "hold" => new Decision.Hold(),
            "retry" => new Decision.RetryStep(step),
            "skip" => new Decision.SkipStep(step),
            "accept" => new Decision.AcceptStep(step),
            _ => null,
        };
        return decision is null
            ? new Posted("Expected cancel, void, resume, hold, retry, skip or accept.")
            : await PostAsync(
                new ChainId(place.Chain),
                new ChainEvent.Decided(clock.GetUtcNow(), decision, by, form["reason"].ToString().Trim()),
                ct);
    }

    // The worker stamps the event by the store's clock; the screen waits so that the next page shows what became of it.
    private async Task<Posted> PostAsync(ChainId chain, ChainEvent happened, CancellationToken ct)
    {
        var letter = await store.PostAsync(chain, happened, ct);
        var since = clock.GetTimestamp();
        while (clock.GetElapsedTime(since) < Patience && await store.FindLetterOutcomeAsync(letter, ct) is null)
        {
            await Task.Delay(Glance, clock, ct);
        }

        return new Posted(null, letter);
    }
}

/// <summary>A posted event's number, or why nothing was posted.</summary>
internal sealed record Posted(string? Refusal, long Letter = 0);

/// <summary>Reads what a person says was found out.</summary>
internal static class OutputForm
{
    private const int TextLengthMax = 500;

    public static TaskAction.Complete Read(StepTemplate template, IFormCollection form)
    {
        var outputs = ImmutableArray.CreateBuilder<StepOutput>();
        var missing = ImmutableArray.CreateBuilder<string>();
        foreach (var rule in template.Outputs)
        {
            var said = form[$"output.{rule.Type}"].ToString().Trim();
            if (Read(rule, said) is { } output)
            {
                outputs.Add(output);
            }
            else if (rule.IsRequired || said.Length > 0)
            {
                missing.Add(rule.Title);
            }
        }

        return new TaskAction.Complete(outputs.DrainToImmutable(), missing.DrainToImmutable());
    }

    private static StepOutput? Read(OutputRule rule, string said)
    {
        if (said.Length is 0 or > TextLengthMax)
        {
            return null;
        }

        if (!rule.Choices.IsEmpty)
        {
            var choice = rule.Choices.FirstOrDefault(each => each.Value == said);
            return choice is null ? null : new StepOutput(rule.Type, Coded: choice);
        }

        if (!char.IsAsciiLetterUpper(rule.Type[0]))
        {
            return new StepOutput(rule.Type, Text: said);
        }

        // People copy the id as often as the whole reference.
        var named = Fhir.ResourceReference.IsId(said) ? $"{rule.Type}/{said}" : said;
        var reference = Fhir.ResourceReference.Parse(named);
        return reference.Type == rule.Type ? new StepOutput(rule.Type, Reference: named) : null;
    }
}
