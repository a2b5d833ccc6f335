using System.Collections.Concurrent;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Definitions.Packages;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>The profiles, extensions and value sets that a validator knows; compiled when first asked for.</summary>
internal sealed class ProfileCatalog
{
    private const string StructureBase = "http://hl7.org/fhir/StructureDefinition/";

    private const int CodesMax = 20_000;

    private readonly ConformanceSet _set;
    private readonly SnapshotShelf _shelf;
    private readonly ConcurrentDictionary<string, (Profile? Profile, string? Problem)> _compiled =
        new(StringComparer.Ordinal);

    // What was asked once is asked again; there is an end to it, for codes come from outside.
    private readonly ConcurrentDictionary<(string ValueSet, string? System, string Code), bool?> _codes = new();
    private int _codesLeft = CodesMax;

    private ProfileCatalog(ConformanceSet set, SnapshotShelf shelf) => (_set, _shelf) = (set, shelf);

    /// <summary>What R4 itself defines.</summary>
    public static ProfileCatalog R4 { get; } = new(ConformanceSet.R4, SnapshotShelf.R4);

    /// <summary>What R4 and packages define.</summary>
    public static ProfileCatalog Of(ConformanceSet set) => new(set, new SnapshotShelf(set));

    /// <summary>
    /// Whether a value set has a code; null where its codes are not known here. Without a system any of the value
    /// set's systems will do.
    /// </summary>
    public bool? HasCode(string valueSet, string? system, string code)
    {
        var key = (valueSet, system, code);
        if (_codes.TryGetValue(key, out var known))
        {
            return known;
        }

        var found = _set.Terminology.Has(valueSet, system, code);
        if (Interlocked.Decrement(ref _codesLeft) >= 0)
        {
            _codes.TryAdd(key, found);
        }

        return found;
    }

    /// <summary>
    /// Whether a code of a system is another one or stands above it; null where that cannot be told here.
    /// </summary>
    public bool? Subsumes(string system, string code, string other) => _set.Terminology.Subsumes(system, code, other);

    /// <summary>True of a code system whose codes are known here, at least in part.</summary>
    public bool HasSystem(string system) => _set.Terminology.CodeSystem(system) is not null;

    /// <summary>A profile or extension by its canonical URL; the problem says why there is none.</summary>
    public (Profile? Profile, string? Problem) Find(string canonical) =>
        _compiled.TryGetValue(canonical, out var known) ? known : _compiled.GetOrAdd(canonical, Compile);

    /// <summary>True of the URL of a type of R4 that is no profile: <c>…/StructureDefinition/Patient</c>.</summary>
    public static bool IsType(string canonical) => TypeName(canonical) is not null;

    /// <summary>The type of R4 that a URL is, or that its profile constrains; null where it is not known.</summary>
    public string? TypeOf(string canonical) => TypeName(canonical) ?? Find(canonical).Profile?.Type;

    private static string? TypeName(string canonical)
    {
        if (!canonical.StartsWith(StructureBase, StringComparison.Ordinal))
        {
            return null;
        }

        var bar = canonical.IndexOf('|', StringComparison.Ordinal);
        var name = canonical[StructureBase.Length..(bar < 0 ? canonical.Length : bar)];
        return FhirDefinitions.R4.Type(name) is { Name: not ("SimpleQuantity" or "MoneyQuantity") } ? name : null;
    }

    // What is wrong with a profile is its author's to mend: what could be understood of it counts.
    private (Profile? Profile, string? Problem) Compile(string canonical)
    {
        var hash = canonical.IndexOf('#', StringComparison.Ordinal);
        if (hash > 0)
        {
            var (whole, problem) = Find(canonical[..hash]);
            var part = whole?.Part(canonical[(hash + 1)..]);
            return (part, part is null ? problem ?? "it has no such part" : null);
        }

        return _shelf.Find(canonical) switch
        {
            null => (null, "it is not known here"),
            { StructureDefinition: { } definition } => ProfileReader.Read(definition),
            { Problems: [var problem, ..] } => (null, problem.ToString()),
            _ => (null, "it has no snapshot"),
        };
    }
}
