using System.IO.Compression;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Sandbox;

/// <summary>What to load.</summary>
internal sealed record LoadOrder
{
    /// <summary>A folder of transaction bundles, <c>*.json</c> or <c>*.json.gz</c>.</summary>
    public required string Folder { get; init; }

    /// <summary>The resource types to keep; none given: all.</summary>
    public ImmutableHashSet<string> Types { get; init; } = [];

    /// <summary>Give every second patient a general practitioner out of the bundle's practitioners.</summary>
    public bool GivesGps { get; init; }

    /// <summary>Load so many bundles at most, in the order of their names; null: all.</summary>
    public int? BundlesMax { get; init; }
}

/// <summary>What was loaded.</summary>
/// <param name="Resources">Stored resources by type.</param>
internal sealed record LoadReport(int Bundles, int Skipped, ImmutableSortedDictionary<string, int> Resources);

/// <summary>
/// Loads synthetic patients: one bundle, one transaction; <c>urn:uuid</c> references become <c>Type/id</c>, ids stay. A
/// bundle whose patient is there already is skipped, so a load that was killed can be repeated.
/// </summary>
internal sealed class SyntheaLoader(IRecords records, ILogger<SyntheaLoader> log)
{
    // Shared by the bundles of many patients.
    private static readonly ImmutableHashSet<string> Shared = ["Organization", "Practitioner", "Location"];

    /// <summary>Loads a folder.</summary>
    /// <exception cref="InvalidDataException">A file is no transaction bundle; the ones before it are
    /// loaded.</exception>
    public async Task<LoadReport> LoadAsync(LoadOrder order, CancellationToken ct)
    {
        var files = Directory.EnumerateFiles(order.Folder)
            .Where(each => each.EndsWith(".json", StringComparison.Ordinal)
                || each.EndsWith(".json.gz", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Take(order.BundlesMax ?? int.MaxValue).ToList();
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var skipped = 0;
        for (var at = 0; at < files.Count; at++)
        {
            var bundle = await ReadAsync(files[at], ct);
            var resources = Resources(bundle, order, givesGp: order.GivesGps && at % 2 == 1);
            if (!await StoreAsync(resources, seen, counts, ct))
            {
                skipped++;
            }
        }

        log.BundlesLoaded(files.Count - skipped, counts.Values.Sum());
        return new LoadReport(
            files.Count - skipped, skipped, counts.ToImmutableSortedDictionary(StringComparer.Ordinal));
    }

    /// <summary>The resources of a bundle as they are to be stored: pure.</summary>
    public static ImmutableArray<Resource> Resources(Resource bundle, LoadOrder order, bool givesGp)
    {
        var entries = bundle.Root.Children("entry")
            .Select(each => (Url: each.Text("fullUrl"), Resource: Resource.From(each["resource"])))
            .Where(each => each.Resource?.Id is not null).ToList();
        var paths = entries.Where(each => each.Url is not null)
            .ToDictionary(each => each.Url!, each => each.Resource!.Path, StringComparer.Ordinal);
        var gp = givesGp ? entries.FirstOrDefault(each => each.Resource!.Type == "Practitioner").Resource : null;
        var kept = ImmutableArray.CreateBuilder<Resource>();
        foreach (var (_, resource) in entries)
        {
            if (order.Types.IsEmpty || order.Types.Contains(resource!.Type))
            {
                var rewritten = Resource.From(Rewritten(resource!.Root, paths))!;
                kept.Add(rewritten.Type == "Patient" && gp is not null
                    ? rewritten.With("generalPractitioner", Node.Array(Node.Object(("reference", gp.Path))))
                    : rewritten);
            }
        }

        return kept.DrainToImmutable();
    }

    private async Task<bool> StoreAsync(
        ImmutableArray<Resource> resources,
        HashSet<string> seen,
        SortedDictionary<string, int> counts,
        CancellationToken ct)
    {
        if (resources.FirstOrDefault(each => each.Type == "Patient") is { Id: { } patient }
            && await records.ReadAsync("Patient", patient, ct) is not null)
        {
            return false;
        }

        var writes = new List<RecordWrite>(resources.Length);
        foreach (var resource in resources)
        {
            if (seen.Add(resource.Path)
                && (!Shared.Contains(resource.Type)
                    || await records.ReadAsync(resource.Type, resource.Id!, ct) is null))
            {
                writes.Add(RecordWrite.Create(resource));
            }
        }

        if (await records.WriteAsync(writes, ct) is null)
        {
            throw new InvalidDataException("expected resources that are not there yet, got one without its patient");
        }

        foreach (var write in writes)
        {
            counts[write.Resource.Type] = counts.GetValueOrDefault(write.Resource.Type) + 1;
        }

        return true;
    }

    private static async Task<Resource> ReadAsync(string file, CancellationToken ct)
    {
        await using var raw = File.OpenRead(file);
        await using var plain = file.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(raw, CompressionMode.Decompress)
            : (Stream)raw;
        using var whole = new MemoryStream();
        await plain.CopyToAsync(whole, ct);
        var (bundle, problem) = Resource.Read(whole.GetBuffer().AsSpan(0, (int)whole.Length));
        return bundle is { Type: "Bundle" } && bundle.Root.Text("type") == "transaction"
            ? bundle
            : throw new InvalidDataException(
                $"expected a transaction bundle in {Path.GetFileName(file)}, got another: {problem?.Message}");
    }

    private static Node Rewritten(Node node, Dictionary<string, string> paths) => node switch
    {
        ObjectNode each => new ObjectNode([.. each.Members.Select(member => member.Value is TextNode text
            && member.Name == "reference" && paths.TryGetValue(text.Value, out var path)
                ? new Member(member.Name, new TextNode(path))
                : new Member(member.Name, Rewritten(member.Value, paths)))]),
        ArrayNode each => new ArrayNode([.. each.Items.Select(item => Rewritten(item, paths))]),
        _ => node,
    };
}
