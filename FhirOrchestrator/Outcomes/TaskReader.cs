using System.Globalization;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Plans;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// What a Task at the EHR says to its chain. Tolerant: other hands may take any edge; a status that R4 does not have
/// changes nothing. What the other hand left alone is what the chain says: somebody's note at the EHR must not undo a
/// claim on our screens that has not been written yet, nor our <c>on-hold</c> become the person's.
/// </summary>
internal static class TaskReader
{
    /// <summary>Reads the Task as it is now against what we know of it.</summary>
    /// <param name="current">The Task at the EHR; null where the EHR no longer has it.</param>
    /// <param name="last">The Task as it was when the chain last took it in, or as it was sent.</param>
    /// <param name="template">What its completion must say; null: nothing.</param>
    /// <param name="known">The step as the chain has it; null: take everything as the EHR says it.</param>
    /// <param name="baseUrl">The EHR's base.</param>
    public static TaskReading Read(
        Resource? current, Resource? last, StepTemplate? template, StepState? known, Uri baseUrl)
    {
        if (current is null)
        {
            return new TaskReading { Status = known?.Task?.Status ?? TaskStatus.Requested, Deleted = true };
        }

        var (outputs, missing) = TaskOutputs.Read(current, template?.Outputs ?? []);
        if (known is { Outputs.IsEmpty: false } && IsLeft("output", current, last))
        {
            (outputs, missing) = (known.Outputs, []);
        }

        var (owner, name) = known?.Task is { } task && IsLeft("owner", current, last)
            ? (task.Owner, task.OwnerName)
            : OwnerOf(current);
        return new TaskReading
        {
            Status = StatusOf(current, last, known?.Task),
            Owner = owner,
            OwnerName = name,
            Due = last is not null && DueOf(current) == DueOf(last) ? known?.Due ?? DueOf(current) : DueOf(current),
            StatusReason = Elements.FirstCode(current.Root.Child("statusReason")),
            Outputs = outputs,
            Missing = missing,
            IdentityChanged = last is null ? [] : IdentityChanged(current, last, baseUrl),
        };
    }

    /// <summary>The owner's reference (or <c>system|value</c> of a logical one) and name.</summary>
    public static (string? Reference, string? Name) OwnerOf(Resource task)
    {
        var owner = task.Root.Child("owner");
        var logical = owner?.Child("identifier") is { } identifier && identifier.Text("value") is { } value
            ? $"{identifier.Text("system")}|{value}"
            : null;
        return (owner?.Text("reference") ?? logical, owner?.Text("display"));
    }

    /// <summary>
    /// The due time (restriction.period.end); a date without a time is the end of that day in UTC, because the site's
    /// zone is not configured yet.
    /// </summary>
    public static DateTimeOffset? DueOf(Resource task)
    {
        var text = task.Root.Child("restriction")?.Child("period")?.Text("end");
        return Resource.Instant(text) ?? (DateOnly.TryParseExact(
            text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddSeconds(-1)
            : null);
    }

    private static TaskStatus StatusOf(Resource current, Resource? last, HumanTask? known)
    {
        var text = current.Root.Text("status");
        var before = TaskStatusCodes.Parse(last?.Root.Text("status"));
        if (TaskStatusCodes.Parse(text) is not { } now)
        {
            return known?.Status ?? before ?? TaskStatus.Requested;
        }

        return known is not null && now == before ? known.Status : now;
    }

    private static bool IsLeft(string element, Resource current, Resource? last) =>
        last is not null && Elements.AreSame(current.Root[element], last.Root[element]);

    private static ImmutableArray<string> IdentityChanged(Resource current, Resource last, Uri baseUrl)
    {
        var changed = ImmutableArray.CreateBuilder<string>();
        foreach (var element in (ReadOnlySpan<string>)["for", "focus", "basedOn"])
        {
            if (!Targets(current, element, baseUrl).SetEquals(Targets(last, element, baseUrl)))
            {
                changed.Add(element);
            }
        }

        // What the EHR adds (a code of its own, its own identifier) is no change; what it takes away is.
        if (!Codes(current).IsSupersetOf(Codes(last)))
        {
            changed.Add("code");
        }

        if (!Identifiers(current).IsSupersetOf(Identifiers(last)))
        {
            changed.Add("identifier");
        }

        return changed.DrainToImmutable();
    }

    private static HashSet<string> Targets(Resource task, string element, Uri baseUrl) =>
        task.Root.Children(element).Select(reference => Elements.Target(reference, baseUrl))
            .OfType<string>().ToHashSet(StringComparer.Ordinal);

    private static HashSet<(string?, string?)> Codes(Resource task) =>
        (task.Root.Child("code")?.Children("coding") ?? [])
            .Select(coding => (coding.Text("system"), coding.Text("code"))).ToHashSet();

    private static HashSet<(string?, string?)> Identifiers(Resource task) =>
        task.Root.Children("identifier")
            .Select(identifier => (identifier.Text("system"), identifier.Text("value"))).ToHashSet();
}
