using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Matching;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>
/// Reads from one EHR what a chain's dossier needs. Each resource is read once a happening; references to elsewhere are
/// opaque and never followed.
/// </summary>
internal sealed class DossierReader(EhrClient ehr, DateTimeOffset now)
{
    private readonly Dictionary<string, Resource> _known = [];

    /// <summary>The store's clock when reading began: "data as of".</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>Why the EHR did not answer; null: what could not be read is not there for good.</summary>
    public string? PassingProblem { get; private set; }

    /// <summary>Takes a resource that is at hand.</summary>
    public Resource Keep(string name, Resource resource)
    {
        _known[resource.Path] = resource;
        return resource;
    }

    /// <summary>Reads a reference; null where it leads elsewhere, or cannot be read.</summary>
    public async Task<Resource?> ReadAsync(string name, string reference, CancellationToken ct)
    {
        var parsed = ResourceReference.Parse(reference);
        if (Correlations.PathOf(parsed, ehr.Settings.BaseUrl) is not { } path)
        {
            return null;
        }

        if (_known.TryGetValue(path, out var known))
        {
            return known;
        }

        var reply = await ehr.ReadAsync(parsed.Type ?? "", parsed.Id ?? "", ct);
        if (reply is { IsOk: true, Body: { } body } && body.Path == path)
        {
            return Keep(name, body);
        }

        if (!reply.IsSurelyGone)
        {
            PassingProblem ??= reply.Words;
        }

        return null;
    }

    /// <summary>
    /// The dossier of a new chain: trigger, patient, and the plan's inputs; null where one cannot be read.
    /// </summary>
    public async Task<ImmutableArray<DossierEntry>?> ReadInputsAsync(
        WorkflowPackage package, Resource trigger, Resource patient, CancellationToken ct)
    {
        var entries = ImmutableArray.CreateBuilder<DossierEntry>();
        entries.Add(Entry("trigger", trigger, Now));
        entries.Add(Entry("patient", patient, Now));
        foreach (var input in package.Inputs)
        {
            var query = Query(input, trigger, entries);
            if (query is null)
            {
                continue;
            }

            if (await FindAsync(query, input.ItemsMax, ct) is not { } found)
            {
                return null;
            }

            entries.AddRange(found.Select(resource => Entry(input.Name, resource, Now)));
        }

        return entries.DrainToImmutable();
    }

    /// <summary>A dossier entry of a resource as read.</summary>
    public static DossierEntry Entry(string name, Resource resource, DateTimeOffset readAt) => new(
        name, resource.Type, resource.Id ?? "", resource.VersionId ?? "-", resource.ToUtf8(), readAt);

    private string? Query(InputQuery input, Resource trigger, IEnumerable<DossierEntry> entries)
    {
        var variables = entries
            .Select(entry => (entry.Name, Read: Resource.Read(entry.Body.Span).Value))
            .Where(entry => entry.Read is not null)
            .GroupBy(entry => entry.Name, entry => entry.Read!) // Not null: filtered in the line above.
            .ToImmutableDictionary(
                group => group.Key, group => group.Select(PathItem.Of).ToImmutableArray(), StringComparer.Ordinal);
        var context = new PathContext { Now = Now, Variables = variables };
        return input.Query.Evaluate(PathItem.Of(trigger), context) is [var first, ..]
            && first.AsText() is { Length: > 0 } text
            ? text
            : null;
    }

    private async Task<IReadOnlyList<Resource>?> FindAsync(string query, int itemsMax, CancellationToken ct)
    {
        if (!query.Contains('?', StringComparison.Ordinal))
        {
            var read = await ReadAsync("", query, ct);
            return read is not null ? [read] : PassingProblem is null ? [] : null;
        }

        var type = query[..query.IndexOf('?', StringComparison.Ordinal)];
        var reply = await ehr.SearchAsync($"{query}&_count={itemsMax}", ct);
        if (!reply.IsOk || reply.Body is null)
        {
            PassingProblem ??= reply.Words;
            return null;
        }

        return [.. reply.Body.Root.Children("entry")
            .Select(entry => Resource.From(entry["resource"]))
            .OfType<Resource>()
            .Where(resource => resource.Type == type)
            .Take(itemsMax)];
    }
}
