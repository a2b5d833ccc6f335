using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// The FHIR Task of a step's round, as it is created (R4, Task). Whom and what it is about is written once, here, and
/// never again: a later change of it at the EHR is somebody's doing and holds the chain. What moves afterwards is
/// <see cref="TaskPatch"/>'s.
/// </summary>
internal static class TaskProjection
{
    /// <summary>The Task of a step's current round.</summary>
    public static Draft Create(ChainView chain, StepName step)
    {
        var definition = chain.Package.Definition.Step(step);
        var state = chain.State.Steps[step];
        var template = chain.Package.Templates[step];
        var identity = new EffectIdentity(chain.State.Id, step, state.Round);
        var code = Concept(template);
        var bare = Bare(chain, identity, template, state, code, definition.Title);
        var made = Template.Apply(WithReplaced(bare, chain, step, state.Round), template, chain, step, state.Round);
        return made.Succeeded(out var task) ? Checked(task) : made;
    }

    /// <summary>The Task by which a person sends a message that storing it in the EHR brings to nobody.</summary>
    /// <param name="step">The Communication's step.</param>
    /// <param name="generation">Which of the round's send Tasks; 1 the first.</param>
    /// <param name="communication">The message's effect; by its identifier where the EHR does not have it.</param>
    public static Draft CreateSend(ChainView chain, StepName step, int generation, Effect communication)
    {
        var definition = chain.Package.Definition.Step(step);
        var state = chain.State.Steps[step];
        var template = chain.Package.Templates[step];
        var identity = new EffectIdentity(chain.State.Id, SendTask.Of(step, generation), state.Round);
        var code = Elements.Concept(new Code(Vocabulary.Activity, "send-message", "Send a message"), definition.Title);
        var message = communication.Path is { } path
            ? Elements.Reference(path)
            : Elements.Logical(
                "Communication", chain.Installation, new EffectIdentity(chain.State.Id, step, state.Round).Value);
        var task = Bare(chain, identity, template, state, code, $"Send: {definition.Title}").With("focus", message);
        task = task.With("input", Node.Array(Node.Object(
            ("type", Elements.Concept(new Code(Vocabulary.Output, "Communication", "The message to send"))),
            ("valueReference", message))));
        return Draft.Of(task);
    }

    /// <summary>Our Device, by identifier: it needs no resource at the EHR.</summary>
    public static ObjectNode Device(string installation) =>
        Elements.Logical("Device", installation, "fhir-orchestrator").With("display", "FhirOrchestrator");

    /// <summary>A businessStatus of ours; codings of other systems in it stay, and words that are not ours.</summary>
    public static ObjectNode BusinessStatus(ObjectNode? current, Code status)
    {
        var codings = current?.Children("coding")
            .ToLookup(coding => coding.Text("system") == Vocabulary.BusinessStatus);
        var ours = codings?[true].FirstOrDefault()?.Text("display");
        var words = current?.Text("text");
        return Node.Object(
            ("coding", Node.Array([.. codings?[false] ?? [], Elements.Coding(status)])),
            ("text", words is null || words == ours ? status.Display : words));
    }

    private static Resource Bare(
        ChainView chain, EffectIdentity identity, StepTemplate template, StepState state, ObjectNode code, string title)
    {
        var trigger = chain.Dossier.Trigger;
        var about = trigger is null ? null : Elements.Reference(trigger.Path);
        var isRequest = Vocabulary.IsRequest(trigger?.Type);
        return Resource.Create(
            "Task",
            ("identifier", Node.Array(Elements.Identifier(chain.Installation, identity.Value))),
            ("instantiatesCanonical", template.Activity),
            ("basedOn", isRequest ? Node.Array(about) : null),
            ("groupIdentifier", Elements.Identifier(chain.Installation, chain.State.Id.ToString())),
            ("status", TaskStatusCodes.Text(Chains.TaskStatus.Requested)),
            ("businessStatus", BusinessStatus(null, BusinessStatusCodes.Open)),
            ("intent", "order"),
            ("priority", template.Priority),
            ("code", code),
            ("description", title),
            ("focus", about),
            ("for", Elements.Reference(chain.Patient)),
            ("encounter", Encounter(trigger)),
            ("authoredOn", Elements.Instant(state.StartedAt ?? chain.Now)),
            ("lastModified", Elements.Instant(state.StartedAt ?? chain.Now)),
            ("requester", Device(chain.Installation)),
            ("performerType", template.Pool is { } pool ? Node.Array(Elements.Concept(pool)) : null),
            ("reasonCode", template.Why is { } why ? Node.Object(("text", why)) : null),
            ("reasonReference", about),
            ("restriction", state.Due is { } due
                ? Node.Object(("period", Node.Object(("end", Elements.Instant(due)))))
                : null));
    }

    // `fulfill` says only that something is to be fulfilled; our own activity code says what.
    private static ObjectNode Concept(StepTemplate template)
    {
        var codings = ImmutableArray.Create<Node>(Elements.Coding(template.Code));
        if (template.Code.System == Vocabulary.TaskCode)
        {
            codings = codings.Add(Elements.Coding(
                new Code(Vocabulary.Activity, ActivityCode(template.Activity), template.Title)));
        }

        return Node.Object(("coding", Node.Array(codings)), ("text", template.Title));
    }

    private static string ActivityCode(string canonical)
    {
        var bar = canonical.IndexOf('|', StringComparison.Ordinal);
        var url = bar < 0 ? canonical : canonical[..bar];
        return url[(url.LastIndexOf('/') + 1)..];
    }

    private static ObjectNode? Encounter(DossierResource? trigger) => trigger?.Type == "Encounter"
        ? Elements.Reference(trigger.Path)
        : trigger?.Resource?.Root.Child("encounter") is { } stay && stay.Text("reference") is { } path
            ? Elements.Reference(path)
            : null;

    private static Resource WithReplaced(Resource task, ChainView chain, StepName step, int round)
    {
        if (round <= 1)
        {
            return task;
        }

        var before = chain.Effects.LastOrDefault(effect => effect.Step == step && effect.Round < round);
        var target = before?.Path is { } path
            ? Elements.Reference(path)
            : Elements.Logical(
                "Task", chain.Installation, new EffectIdentity(chain.State.Id, step, before?.Round ?? round - 1).Value);
        return task.With("extension", Node.Array(
            [.. task.Root.Items("extension"),
                Node.Object(("url", Vocabulary.TaskReplaces), ("valueReference", target))]));
    }

    // clinical.md, "Writing into an EHR": fulfill only when focus is a request; basedOn only requests.
    private static Draft Checked(Resource task)
    {
        var fulfils = task.Root.Child("code")?.Children("coding")
            .Any(coding => coding.Text("system") == Vocabulary.TaskCode && coding.Text("code") == "fulfill") == true;
        if (fulfils && !Vocabulary.IsRequest(ResourceReference.Of(task.Root.Child("focus"))?.Type))
        {
            return Draft.Refused(EffectReasons.Unrenderable("expected a request at 'focus' of a Task to fulfill"));
        }

        foreach (var based in task.Root.Children("basedOn"))
        {
            if (ResourceReference.Of(based) is { Type: { } type } && !Vocabulary.IsRequest(type))
            {
                return Draft.Refused(EffectReasons.Unrenderable($"expected requests only at 'basedOn', got {type}"));
            }
        }

        return Draft.Of(task);
    }
}

/// <summary>The codes of <see cref="Vocabulary.BusinessStatus"/>: where a step stands, beyond Task.status.</summary>
internal static class BusinessStatusCodes
{
    public static readonly Code Open = Of("open", "To be done");
    public static readonly Code Suspended = Of("suspended", "The request is on hold");
    public static readonly Code NeedsReview = Of("needs-review", "Needs review");
    public static readonly Code NeedsDecision = Of("needs-decision", "Needs a decision");
    public static readonly Code Held = Of("held", "Held");
    public static readonly Code Done = Of("done", "Done");
    public static readonly Code NotDone = Of("not-done", "Not done");
    public static readonly Code Expired = Of("expired", "Its deadline passed");
    public static readonly Code Stopped = Of("stopped", "No longer to be done");
    public static readonly Code Superseded = Of("superseded", "Replaced by a newer one");

    private static Code Of(string value, string display) => new(Vocabulary.BusinessStatus, value, display);
}
